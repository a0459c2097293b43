import type { Content } from '../../../../content/index.ts'
import { Recipe, RECIPE_ROW_BYTES } from '../../../../content/xet/index.ts'
import { concatBytes } from '../../../../kernel/bytes.ts'
import { XetHash } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { mostRecipeBytes, type PartProblem, recipeUrl } from '../rules.ts'
import type { Source } from '../types.ts'
import { broken, fetchInParts, type PartsDeps } from './parts.ts'
import type { WantedFile } from './source-body.ts'

/** What a file consists of, as a source says. */
export interface ToldRecipe {
  readonly source: Source
  readonly xetHash: XetHash
  readonly recipe: Recipe
}

export interface RecipeDeps extends PartsDeps {
  readonly content: Pick<Content, 'hashOf'>
}

/**
 * Asks a source what a file consists of. The recipe has the Xet hash that the source names: whoever has a file of that hash
 * has these chunks. Whether it is the wanted file is not known before all of it is hashed.
 */
export async function fetchRecipe(
  deps: RecipeDeps,
  { repository, file }: WantedFile,
  source: Source,
  signal: AbortSignal,
): Promise<Result<ToldRecipe, PartProblem>> {
  let told: string | undefined
  const isIt = (etag: string | undefined) => (told ??= etag) === etag
  const url = recipeUrl(source, repository, file)
  const parts = fetchInParts(deps, { url, source, maxBytes: mostRecipeBytes(file), isIt }, signal)
  const pieces: Uint8Array[] = []
  let next = await parts.next()
  for (; !next.done; next = await parts.next()) pieces.push(next.value)
  if (next.value) return fail(next.value)
  const bytes = concatBytes(pieces)
  const xetHash = XetHash.safeParse(told?.slice(1, -1))
  if (!xetHash.success || bytes.length % RECIPE_ROW_BYTES !== 0) return fail(broken(source))
  const recipe = new Recipe(bytes)
  const isTrue =
    recipe.isSound && recipe.rawBytes === file.size && deps.content.hashOf(recipe) === xetHash.data
  return isTrue ? succeed({ source, xetHash: xetHash.data, recipe }) : fail(broken(source))
}
