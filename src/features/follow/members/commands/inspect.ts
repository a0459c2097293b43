import { fromUtf8 } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { originOf } from '../../../../kernel/names.ts'
import { checkCandidate } from '../../../../log/index.ts'
import { logPrefix, NodeHint } from '../rules.ts'
import type { Candidate } from '../types.ts'
import { readUrl, remoteFiles, type Source } from './source.ts'

const MOST_HINT_BYTES = 256 * 1024

/**
 * Finds out whose node answers at an address, and holds what it says against that member's log: the genesis has the
 * member's id, and its key signed the checkpoint. `handle` picks one of several members hosted there; the first
 * otherwise. Throws a {@link Refusal}: `noNodeThere`, `memberNotFound`, `logNotBelieved`, or why the host is not reached.
 */
export async function inspect(source: Source, handle: string | null): Promise<Candidate> {
  const hint = readHint(await readUrl(source, `${source.url}/.well-known/ayni`, MOST_HINT_BYTES))
  if (!hint) throw new Refusal(failure('noNodeThere', {}, 'url'))
  const member = hint.members.find((each) => handle === null || each.handle === handle)
  if (!member) throw new Refusal(failure('memberNotFound', {}, 'member'))
  const origin = originOf(member.id, 0)
  const files = remoteFiles(source, logPrefix(source.url, origin))
  const keysAt = hint.logs.find((log) => log.origin === origin)?.keysAt
  const checked = await checkCandidate(files, member.id, keysAt)
  if (!checked.ok) throw new Refusal(failure('logNotBelieved', { path: checked.failure }))
  const { id: memberId, ...said } = member
  return { url: source.url, memberId, origin, ...said, ...checked.value }
}

function readHint(bytes: Uint8Array | null): NodeHint | null {
  try {
    return bytes && (NodeHint.safeParse(JSON.parse(fromUtf8(bytes))).data ?? null)
  } catch {
    return null // whatever answers there, it is no node
  }
}
