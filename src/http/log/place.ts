import { failure } from '../../kernel/failure.ts'
import { Sha256 } from '../../kernel/names.ts'
import type { Logs } from '../../log/index.ts'
import type { RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'

/** Where a record stands, for whoever knows only its leaf hash. As everywhere, only what a checkpoint covers. */
export async function sendPlace(
  { logs }: { readonly logs: Logs },
  c: RequestContext,
  text: string,
): Promise<Response> {
  const leafHash = Sha256.safeParse(text)
  const entry = leafHash.success ? await logs.entryOf(leafHash.data) : null
  const log = entry && (await logs.find(entry.origin))
  if (!entry || !log || entry.position >= log.signed_size) return refuse(c, failure('pageNotFound'))
  c.header('Cache-Control', 'public, max-age=1')
  return c.json({ origin: entry.origin, position: entry.position })
}
