import type { Content } from '../../../../content/index.ts'
import { SECTION_CHUNKS } from '../rules.ts'
import type { Source } from '../types.ts'
import { Crew, type CrewDeps } from './crew.ts'
import { fetchRecipe, type RecipeDeps, type ToldRecipe } from './recipe.ts'
import type { SourcePiece, WantedFile } from './source-body.ts'

export interface ChunkBodyDeps extends CrewDeps {
  readonly content: Pick<Content, 'gather'>
}

/** What the first source that knows says of a file's chunks; null where none does. */
export async function firstRecipe(
  deps: RecipeDeps,
  wanted: WantedFile,
  sources: Iterable<Source>,
  signal: AbortSignal,
): Promise<ToldRecipe | null> {
  for (const source of sources) {
    const told = await fetchRecipe(deps, wanted, source, signal)
    if (told.ok) return told.value
  }
  return null
}

/**
 * The whole file, chunk by chunk: those that are here from here, the others from all sources at once. Each is the chunk that
 * the recipe names; whether the recipe is the file's is for the receiver to verify. Throws a `Refusal` when a chunk is
 * not to be had.
 */
export async function* chunkBody(
  deps: ChunkBodyDeps,
  wanted: WantedFile,
  { source, xetHash, recipe: whole }: ToldRecipe,
  sources: Set<Source>,
  signal: AbortSignal,
): AsyncGenerator<SourcePiece> {
  const progress = { hasBegun: false }
  const place = { ...wanted, xetHash }
  for (let offset = 0; offset < whole.count; offset += SECTION_CHUNKS) {
    const recipe = whole.slice({ start: offset, end: Math.min(whole.count, offset + SECTION_CHUNKS) })
    await using gathering = await deps.content.gather(wanted.file, offset / SECTION_CHUNKS, recipe)
    await using crew = new Crew(deps, { place, offset, recipe, gathering, sources, progress }, signal)
    for (let index = 0; index < recipe.count; index++) yield { source, bytes: await crew.take(index) }
  }
}
