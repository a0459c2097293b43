import type { Content } from '../../../../content/index.ts'
import type { Database } from '../../../../database/index.ts'
import { concatBytes, equalBytes, fromUtf8 } from '../../../../kernel/bytes.ts'
import { type Fetcher, readAll } from '../../../../kernel/fetcher.ts'
import type { GitOid } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { manifestOf, type Repository, type Share } from '../../../share/index.ts'
import type { Holder, HeldFile } from '../queries.ts'
import { choosePieces, type Piece, PIECE_BYTES, PIECES } from '../rules.ts'
import { type CopyState, Holding } from '../types.ts'

export interface AskDeps {
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly content: Pick<Content, 'fileOf' | 'openFile'>
  readonly fetcher: Fetcher
  readonly random: Random
}

/** A version of a repository, and whose copy of it is in question. */
export interface Question {
  readonly repository: Repository
  readonly commit: GitOid
  /** Its large files, and how many were erased: the holder may not know it yet. */
  readonly files: readonly HeldFile[]
  readonly erased: number
  readonly holder: Holder
  readonly signal: AbortSignal
}

const MOST_HOLDING_BYTES = 4096

/**
 * Finds out whether a member has a whole copy: what it says, then pieces of large files chosen by chance and compared with ours; of
 * a repository without large files the commit alone, which names every byte. About 20 kB.
 */
export async function askHolder(deps: AskDeps, question: Question): Promise<CopyState> {
  const answer = await get(deps, question, `holding/${question.commit}`, MOST_HOLDING_BYTES)
  if (answer.kind !== 'body') return answer.kind
  const holding = readHolding(answer.bytes)
  const more = (holding?.files ?? -1) - question.files.length
  if (!holding || more < 0 || more > question.erased) return 'wrong'
  if (holding.heldFiles < holding.files) return 'partial'
  if (question.files.length === 0) return compareManifest(deps, question)
  return comparePieces(deps, question)
}

function readHolding(bytes: Uint8Array): Holding | null {
  try {
    return Holding.safeParse(JSON.parse(fromUtf8(bytes))).data ?? null
  } catch {
    return null // no JSON is no answer
  }
}

async function compareManifest(deps: AskDeps, question: Question): Promise<CopyState> {
  const { database, share } = deps
  const { repository, commit } = question
  const ours = await manifestOf(database.read, share.queries, repository.id, commit)
  if (!ours) return 'claimed'
  const theirs = await get(deps, question, `manifest/${commit}`, ours.length + 1)
  if (theirs.kind !== 'body') return theirs.kind
  return equalBytes(ours, theirs.bytes) ? 'verified' : 'wrong'
}

async function comparePieces(deps: AskDeps, question: Question): Promise<CopyState> {
  const held: HeldFile[] = []
  for (const file of question.files)
    if (await deps.content.fileOf(question.repository.id, file.sha256)) held.push(file)
  const pieces = choosePieces(held, deps.random(6 * PIECES))
  for (const piece of pieces) {
    const outcome = await comparePiece(deps, question, piece)
    if (outcome !== 'verified') return outcome
  }
  return pieces.length > 0 ? 'verified' : 'claimed'
}

async function comparePiece(deps: AskDeps, question: Question, piece: Piece): Promise<CopyState> {
  const ours = await readPiece(deps, question.repository.id, piece)
  if (!ours) return 'claimed'
  const theirs = await get(deps, question, `held/${piece.sha256}`, PIECE_BYTES, piece)
  if (theirs.kind !== 'body') return theirs.kind
  return equalBytes(ours, theirs.bytes) ? 'verified' : 'wrong'
}

async function readPiece(
  { content }: AskDeps,
  repositoryId: string,
  { sha256, range }: Piece,
): Promise<Uint8Array | null> {
  const stored = await content.fileOf(repositoryId, sha256)
  const reader = stored && (await content.openFile(stored.xetHash))
  return reader && concatBytes(await Array.fromAsync(reader.read(range)))
}

type Answer =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'silent' }
  | { readonly kind: 'absent' }

/** Asks the holder's node about the repository. */
async function get(
  { fetcher }: AskDeps,
  { repository: { kind, fullName }, holder, signal }: Question,
  path: string,
  maxBytes: number,
  piece?: Piece,
): Promise<Answer> {
  const url = `${holder.url}/api/ayni/v1/repositories/${kind}s/${fullName}/${path}`
  const allow = holder.allowPrivate ? ('private' as const) : ('public' as const)
  const range = piece && { range: piece.range }
  const answer = await fetcher.fetch({ url, allow, signal, maxBytes, ...range })
  if (!answer.ok) return { kind: 'silent' }
  using response = answer.value
  if (response.status >= 500) return { kind: 'silent' }
  if (response.status !== (piece ? 206 : 200)) return { kind: 'absent' }
  const body = await readAll(response)
  return body.ok ? { kind: 'body', bytes: body.value } : { kind: 'silent' }
}
