/**
 * Byte planes ("BG4"): of numbers of four bytes, all first bytes, then all second bytes, and so on, which
 * puts the exponents of weights side by side. When the length is no multiple of four, the first planes are
 * one byte longer. Source: xet-core, xorb_object/byte_grouping/bg4.rs.
 */

/** Rearranges `length` bytes at `source` into planes at `target`; the areas do not overlap. */
export function splitPlanes(source: usize, length: usize, target: usize): void {
  const quads = length >> 2
  const rest = length & 3
  const plane1 = target + quads + <usize>(rest > 0)
  const plane2 = plane1 + quads + <usize>(rest > 1)
  const plane3 = plane2 + quads + <usize>(rest > 2)

  let quad: usize = 0
  for (; quad + 16 <= quads; quad += 16) {
    const from = source + (quad << 2)
    const a = v128.load(from)
    const b = v128.load(from + 16)
    const c = v128.load(from + 32)
    const d = v128.load(from + 48)
    // Planes 0 and 1 of the first and the second 32 bytes, then planes 2 and 3.
    const low = v128.shuffle<u8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29)
    const high = v128.shuffle<u8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29)
    const low2 = v128.shuffle<u8>(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31)
    const high2 = v128.shuffle<u8>(c, d, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31)
    v128.store(target + quad, v128.shuffle<u64>(low, high, 0, 2))
    v128.store(plane1 + quad, v128.shuffle<u64>(low, high, 1, 3))
    v128.store(plane2 + quad, v128.shuffle<u64>(low2, high2, 0, 2))
    v128.store(plane3 + quad, v128.shuffle<u64>(low2, high2, 1, 3))
  }
  for (; quad < quads; quad++) {
    const from = source + (quad << 2)
    store<u8>(target + quad, load<u8>(from))
    store<u8>(plane1 + quad, load<u8>(from, 1))
    store<u8>(plane2 + quad, load<u8>(from, 2))
    store<u8>(plane3 + quad, load<u8>(from, 3))
  }
  const last = source + (quads << 2)
  if (rest > 0) store<u8>(target + quads, load<u8>(last))
  if (rest > 1) store<u8>(plane1 + quads, load<u8>(last, 1))
  if (rest > 2) store<u8>(plane2 + quads, load<u8>(last, 2))
}

/** Puts planes of `length` bytes at `source` back in order at `target`; the areas do not overlap. */
export function joinPlanes(source: usize, length: usize, target: usize): void {
  const quads = length >> 2
  const rest = length & 3
  const plane1 = source + quads + <usize>(rest > 0)
  const plane2 = plane1 + quads + <usize>(rest > 1)
  const plane3 = plane2 + quads + <usize>(rest > 2)

  let quad: usize = 0
  for (; quad + 16 <= quads; quad += 16) {
    const a = v128.load(source + quad)
    const b = v128.load(plane1 + quad)
    const c = v128.load(plane2 + quad)
    const d = v128.load(plane3 + quad)
    // Pairs of planes 0 and 1, and of planes 2 and 3: first eight, last eight.
    const ab = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const ab2 = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    const cd = v128.shuffle<u8>(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const cd2 = v128.shuffle<u8>(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    const to = target + (quad << 2)
    v128.store(to, v128.shuffle<u16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11))
    v128.store(to + 16, v128.shuffle<u16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15))
    v128.store(to + 32, v128.shuffle<u16>(ab2, cd2, 0, 8, 1, 9, 2, 10, 3, 11))
    v128.store(to + 48, v128.shuffle<u16>(ab2, cd2, 4, 12, 5, 13, 6, 14, 7, 15))
  }
  for (; quad < quads; quad++) {
    const to = target + (quad << 2)
    store<u8>(to, load<u8>(source + quad))
    store<u8>(to, load<u8>(plane1 + quad), 1)
    store<u8>(to, load<u8>(plane2 + quad), 2)
    store<u8>(to, load<u8>(plane3 + quad), 3)
  }
  const last = target + (quads << 2)
  if (rest > 0) store<u8>(last, load<u8>(source + quads))
  if (rest > 1) store<u8>(last, load<u8>(plane1 + quads), 1)
  if (rest > 2) store<u8>(last, load<u8>(plane2 + quads), 2)
}
