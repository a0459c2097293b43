/**
 * Writes the AssemblyScript of BLAKE3's compression function for four inputs at once. Its sixteen state words
 * and sixteen message words are named variables, which no loop or function of AssemblyScript can address, so
 * the seven rounds are written out here. To read the result: `node tools/wasm/print-lanes.ts`.
 */

/** The first four initialisation words. BLAKE3 paper, table 1. */
const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a]
/** Which word of the last round's message each word of the next one is. Table 2. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const ROUNDS = 7
/** The state words that each of a round's eight quarter rounds mixes: columns, then diagonals. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

const WORDS = range(16)
const LANES = range(4)

/** The source of `assembly/blake3-lanes`. */
export function blake3Lanes(): string {
  return `import { KEY } from './memory'

${[16, 12, 8, 7].map(rotation).join('\n\n')}

/**
 * Compresses \`blocks\` blocks of 64 bytes at each of four addresses, starting from the key at KEY, and
 * writes four chaining values of 32 bytes to \`target\`. The counter of lane i is \`counter + i * counterStep\`.
 * The first block takes \`firstFlags\`, the last \`lastFlags\` and \`lastLength\` bytes, those between
 * \`flags\` and 64; a block that is both first and last takes \`firstFlags\` with CHUNK_END already in it.
 */
export function compressLanes(
  lane0: usize, lane1: usize, lane2: usize, lane3: usize,
  blocks: u32, lastLength: u32, counter: u32, counterStep: u32,
  firstFlags: u32, flags: u32, lastFlags: u32, target: usize,
): void {
  const counters = i32x4.add(i32x4.splat(counter), i32x4.mul(i32x4.splat(counterStep), i32x4(0, 1, 2, 3)))
  ${lines(range(8), (word) => `let h${word} = i32x4.splat(load<i32>(KEY, ${word * 4}))`)}
  for (let block: u32 = 0; block < blocks; block++) {
    const isLast = block == blocks - 1
    const blockFlags = block == 0 ? firstFlags : isLast ? lastFlags : flags
    ${transposeMessage()}
    ${lines(range(8), (word) => `let v${word} = h${word}`)}
    ${lines(LANES, (word) => `let v${word + 8} = i32x4.splat(${(INITIAL[word] ?? 0) | 0})`)}
    let v12 = counters
    let v13 = i32x4.splat(0)
    let v14 = i32x4.splat(isLast ? lastLength : 64)
    let v15 = i32x4.splat(blockFlags)
    ${rounds()}
    ${lines(range(8), (word) => `h${word} = v128.xor(v${word}, v${word + 8})`)}
    ${lines(LANES, (lane) => `lane${lane} += 64`)}
  }
  ${transposeState(0)}
  ${transposeState(4)}
}
`
}

/** Loads a block of each lane; afterwards \`m3\` holds word 3 of all four. */
function transposeMessage(): string {
  return lines(LANES, (group) => {
    const [a, b, c, d] = LANES.map((lane) => `v128.load(lane${lane}, ${group * 16})`)
    const names = LANES.map((word) => `m${group * 4 + word}`)
    return `const r${group}0 = ${a}, r${group}1 = ${b}, r${group}2 = ${c}, r${group}3 = ${d}
    ${transpose([`r${group}0`, `r${group}1`, `r${group}2`, `r${group}3`], `t${group}`, (word, value) => `const ${names[word]} = ${value}`)}`
  })
}

/** Stores words \`first\` to \`first + 3\` of every lane's chaining value. */
function transposeState(first: number): string {
  const rows = LANES.map((word) => `h${first + word}`)
  return transpose(
    rows,
    `s${first}`,
    (lane, value) => `v128.store(target, ${value}, ${lane * 32 + first * 4})`,
  )
}

/** Turns four vectors of rows into four of columns, each handed to `use`. */
function transpose(
  rows: readonly string[],
  name: string,
  use: (column: number, value: string) => string,
): string {
  const [a, b, c, d] = rows
  return `const ${name}a = v128.shuffle<u32>(${a}, ${b}, 0, 4, 1, 5)
    const ${name}b = v128.shuffle<u32>(${a}, ${b}, 2, 6, 3, 7)
    const ${name}c = v128.shuffle<u32>(${c}, ${d}, 0, 4, 1, 5)
    const ${name}d = v128.shuffle<u32>(${c}, ${d}, 2, 6, 3, 7)
    ${use(0, `v128.shuffle<u64>(${name}a, ${name}c, 0, 2)`)}
    ${use(1, `v128.shuffle<u64>(${name}a, ${name}c, 1, 3)`)}
    ${use(2, `v128.shuffle<u64>(${name}b, ${name}d, 0, 2)`)}
    ${use(3, `v128.shuffle<u64>(${name}b, ${name}d, 1, 3)`)}`
}

function rounds(): string {
  let message = WORDS
  let source = ''
  for (let round = 0; round < ROUNDS; round++) {
    const words = message
    source += QUARTERS.map((state, index) =>
      quarterRound(state, words[2 * index], words[2 * index + 1]),
    ).join('')
    message = PERMUTATION.map((word) => words[word] ?? 0)
  }
  return source
}

/** The function G. BLAKE3 paper, section 2.2. */
function quarterRound([a, b, c, d]: (typeof QUARTERS)[number], x = 0, y = 0): string {
  return `
    v${a} = i32x4.add(i32x4.add(v${a}, v${b}), m${x})
    v${d} = rotate16(v128.xor(v${d}, v${a}))
    v${c} = i32x4.add(v${c}, v${d})
    v${b} = rotate12(v128.xor(v${b}, v${c}))
    v${a} = i32x4.add(i32x4.add(v${a}, v${b}), m${y})
    v${d} = rotate8(v128.xor(v${d}, v${a}))
    v${c} = i32x4.add(v${c}, v${d})
    v${b} = rotate7(v128.xor(v${b}, v${c}))`
}

/** An inlined function that rotates each 32-bit word right by `bits`; by whole bytes it is one shuffle. */
function rotation(bits: number): string {
  const order = WORDS.map((byte) => (byte & ~3) | ((byte + bits / 8) & 3))
  const rotated =
    bits % 8 === 0
      ? `v128.shuffle<u8>(words, words, ${order.join(', ')})`
      : `v128.or(i32x4.shr_u(words, ${bits}), i32x4.shl(words, ${32 - bits}))`
  return `// @ts-ignore: decorator
@inline
function rotate${bits}(words: v128): v128 {
  return ${rotated}
}`
}

function lines(items: readonly number[], line: (item: number) => string): string {
  return items.map(line).join('\n    ')
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
