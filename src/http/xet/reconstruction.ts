/** A plan as Xet clients read it. Chunk ranges exclude their end, byte ranges include it. */
import type { FetchRange, Reconstruction } from '../../content/index.ts'
import type { XetHash } from '../../kernel/names.ts'
import { RANGES_PER_URL } from './fetch-url.ts'

/** Signs an address for some stretches of a xorb. */
export type SignStretches = (xorb: XetHash, stretches: readonly FetchRange[]) => Promise<string>

/** Version 1: one address for each stretch. */
export async function presentV1(plan: Reconstruction, sign: SignStretches) {
  const fetchInfo = await perXorb(plan, (xorb, stretches) =>
    Promise.all(
      stretches.map(async (stretch) => ({
        range: stretch.chunks,
        url: await sign(xorb, [stretch]),
        url_range: inclusive(stretch),
      })),
    ),
  )
  return { ...head(plan), fetch_info: fetchInfo }
}

/** Version 2: one address for up to {@link RANGES_PER_URL} stretches, ascending. */
export async function presentV2(plan: Reconstruction, sign: SignStretches) {
  const xorbs = await perXorb(plan, (xorb, stretches) =>
    Promise.all(
      groupsOf(stretches, RANGES_PER_URL).map(async (group) => ({
        url: await sign(xorb, group),
        ranges: group.map((stretch) => ({ chunks: stretch.chunks, bytes: inclusive(stretch) })),
      })),
    ),
  )
  return { ...head(plan), xorbs }
}

function head({ offsetIntoFirstRange, terms }: Reconstruction) {
  return {
    offset_into_first_range: offsetIntoFirstRange,
    terms: terms.map(({ xorb, chunks, rawLength }) => ({
      hash: xorb,
      unpacked_length: rawLength,
      range: chunks,
    })),
  }
}

async function perXorb<Entry>(
  { fetches }: Reconstruction,
  present: (xorb: XetHash, stretches: readonly FetchRange[]) => Promise<Entry>,
): Promise<Record<string, Entry>> {
  const entries = [...fetches].map(
    async ([xorb, stretches]) => [xorb, await present(xorb, stretches)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

function inclusive({ bytes }: FetchRange): { start: number; end: number } {
  return { start: bytes.start, end: bytes.end - 1 }
}

function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
