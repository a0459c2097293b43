import { hostedMembers, refusalToCreate, type Actor } from '../../features/accounts/index.ts'
import { CARD_PATH, fitIn, readFrontMatter, type Card } from '../../features/catalogue/index.ts'
import {
  copiesOf,
  counts,
  endOf,
  type ErasurePlan,
  findErased,
  findHome,
  heldFiles,
  holdersOf,
  type Home,
  largeFilesOf,
  publicGoodOf,
  sourcesOf,
} from '../../features/follow/index.ts'
import {
  type CommitSummary,
  digestOf,
  erasureOf,
  type FileEntry,
  type Repository,
} from '../../features/share/index.ts'
import { accessOf, accessToFilesOf } from '../../http/access.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { RepositoryId, RepositoryPath, type GitOid, type Sha256 } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { type RetractionReason } from '../../records/index.ts'
import type { ErasureOffer } from '../components/erasure.tsx'
import type { CopyOf, RepositoryHead } from '../components/repository-frame.tsx'
import type { References } from '../components/revision-menu.tsx'
import type { RepositoryVisit, Revision } from '../deps.ts'
import { REFERENCE_MEMORY_BYTES, type Weights as MemoryWeights } from '../memory.ts'
import type { Change } from '../pages/commit.tsx'
import type { CommitEntry } from '../pages/commits.tsx'
import { PREVIEW_BYTES, type Preview } from '../pages/file.tsx'
import type { Holding, Origin, RepositoryView } from '../pages/repository.tsx'
import type { RepositoryReference } from '../paths.ts'
import { publisherOf } from './catalogue.ts'
import type { VisitDeps } from './deps.ts'
import { standingTo } from './members.ts'

const FILES_PAGE = 100
const COMMITS_PAGE = 50
const TENSORS_PAGE = 100
const CHANGES_SHOWN = 200
const LONGEST_CARD = 512 * 1024
const LARGEST_PICTURE = 5_000_000
const DEFAULT_REVISION = 'main'

/** A revision of a repository that the actor may read. */
interface Opened {
  readonly repository: Repository
  readonly commit: GitOid
  readonly revision: string
  readonly card: Card | null
}

/** Reading and governing repositories, as one actor. */
export function visitRepositories(deps: VisitDeps, actor: Actor): RepositoryVisit {
  const { database, share, catalogue, accounts } = deps

  /** The repository at a revision, or the refusal. */
  async function open(reference: RepositoryReference, revision: Revision): Promise<Result<Opened>> {
    const found = await accessOf(deps, actor, reference, 'read')
    if (!found.ok) return found
    const { repository } = found.value
    const named = revision ?? DEFAULT_REVISION
    const commit = await share.queries.resolve(database.read, repository.id, named)
    if (!commit.ok) return commit
    const entry = await catalogue.entry(repository.id)
    const isHead = entry?.head === commit.value
    const card = isHead ? entry.card : await catalogue.readCard(repository.id, commit.value)
    return succeed({ repository, commit: commit.value, revision: named, card })
  }

  async function headOf({ repository, commit, revision, card }: Opened): Promise<RepositoryHead> {
    const { kind, fullName: id, visibility, gated } = repository
    const home = repository.home === null ? null : await findHome(database.read, repository.memberId)
    return {
      kind,
      id,
      visibility,
      gated,
      revision,
      defaultRevision: DEFAULT_REVISION,
      publisher: await publisherOf(deps, repository.namespace, home?.name),
      copy: home && copyOf(home),
      fileCount: card?.fileCount ?? 0,
      commitCount: await share.queries.countHistory(database.read, commit),
      tensorCount: tensorCount(card),
      mayAdminister: (await accessOf(deps, actor, { kind, id }, 'admin')).ok,
    }
  }

  async function referencesOf({ repository }: Opened): Promise<References> {
    const refs = await share.queries.refs(database.read, repository.id)
    const named = (prefix: string) =>
      refs.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length))
    return { branches: named('refs/heads/'), tags: named('refs/tags/') }
  }

  async function promiseOf(repository: Repository): Promise<RepositoryView['promise']> {
    const good = await publicGoodOf(database.read, repository)
    if (!good || endOf(good) < deps.clock()) return null
    const copies = await copiesOf(database.read, repository)
    const verified = copies.filter((copy) => counts(copy, deps.clock())).length
    return { verified, holders: good.holders, until: endOf(good) }
  }

  /** Up to `length` bytes of a file; null when they are not held. */
  async function firstBytes(opened: Opened, entry: FileEntry, length: number): Promise<Uint8Array | null> {
    if (await erasureOf(database.read, opened.repository.id, entry)) return null
    if (!entry.large) return (await share.queries.blob(database.read, entry.oid)).subarray(0, length)
    const stored = await deps.content.fileOf(opened.repository.id, entry.large.sha256)
    const reader = stored && (await deps.content.openFile(stored.xetHash))
    if (!reader) return null
    const parts: Uint8Array[] = []
    for await (const part of reader.read({ start: 0, end: Math.min(length, reader.size) })) parts.push(part)
    return Buffer.concat(parts)
  }

  async function originOf(kind: Repository['kind'], id: string): Promise<Origin> {
    return { id, isHere: (await accessOf(deps, actor, { kind, id }, 'read')).ok }
  }

  async function overview(reference: RepositoryReference) {
    const opened = await open(reference, null)
    if (!opened.ok) return opened
    const { repository, commit, card } = opened.value
    const readme = await share.queries.describe(database.read, commit, CARD_PATH)
    const bytes = readme?.type === 'file' ? await firstBytes(opened.value, readme, LONGEST_CARD) : null
    const files = await share.queries.files(database.read, commit)
    const view: RepositoryView = {
      holding: await holdingOf(repository, commit),
      head: await headOf(opened.value),
      summary: card?.summary || null,
      task: card?.pipelineTag ?? null,
      licence: card?.licence?.id ?? null,
      licenceLink: card?.licence?.link ?? null,
      languages: card?.languages ?? [],
      library: card?.libraryName ?? null,
      sizeBytes: card?.sizeBytes ?? 0,
      downloads: repository.downloads,
      createdAt: repository.createdAt,
      modifiedAt: repository.modifiedAt,
      weights: memoryWeights(card),
      baseModels: await Promise.all((card?.baseModels ?? []).map(({ id }) => originOf('model', id))),
      datasets: await Promise.all((card?.datasets ?? []).map((id) => originOf('dataset', id))),
      labels: labelsOf(card),
      problems: card?.problems ?? [],
      exampleFile: exampleFile(card, files),
      promise: await promiseOf(repository),
    }
    return succeed({ view, card: bytes && readFrontMatter(fromUtf8(bytes)).body })
  }

  /** How much of a copy's large files is here, the same bytes counted once. */
  async function holdingOf({ id, home, memberId }: Repository, commit: GitOid): Promise<Holding | null> {
    if (home === null) return null
    const { files } = await largeFilesOf(database.read, share.queries, id, commit)
    const sizes = new Map(files.map(({ sha256, size }) => [sha256, size]))
    const held = await heldFiles(database.read, id)
    const sum = (parts: readonly (readonly [string, number])[]) =>
      parts.reduce((total, [, size]) => total + size, 0)
    const all = [...sizes]
    return {
      heldBytes: sum(all.filter(([sha256]) => held.has(sha256))),
      largeBytes: sum(all),
      isFetched: (await sourcesOf(database.read, id)).length > 0,
      fileCount: sizes.size,
      holders: await holdersOf(database.read, {
        repositoryId: id,
        memberId,
        commit,
        files: new Set(sizes.keys()),
      }),
    }
  }

  async function files(reference: RepositoryReference, revision: Revision, path: string, page: number) {
    const opened = await open(reference, revision)
    if (!opened.ok) return opened
    const { commit } = opened.value
    const all = await share.queries.list(database.read, commit, path, {
      recursive: false,
      limit: Number.MAX_SAFE_INTEGER,
    })
    if (!all.ok) return all
    const sorted = all.value.toSorted(
      (left, right) =>
        Number(left.type === 'file') - Number(right.type === 'file') || (left.path < right.path ? -1 : 1),
    )
    const shown = pageOf(sorted, page, FILES_PAGE)
    if (!shown) return fail(failure('pageNotFound'))
    const entries = shown.items.map((entry) => {
      const name = entry.path.slice(path === '' ? 0 : path.length + 1)
      return entry.type === 'directory'
        ? ({ kind: 'folder', name } as const)
        : ({ kind: 'file', name, sizeBytes: entry.size } as const)
    })
    const head = await headOf(opened.value)
    return succeed({
      head,
      references: await referencesOf(opened.value),
      path,
      entries,
      page,
      pages: shown.pages,
    })
  }

  async function file(reference: RepositoryReference, revision: Revision, path: string) {
    const opened = await open(reference, revision)
    if (!opened.ok) return opened
    const parsed = RepositoryPath.safeParse(path)
    const entry = parsed.success
      ? await share.queries.describe(database.read, opened.value.commit, parsed.data)
      : null
    if (entry?.type !== 'file') return fail(failure('entryNotFound', { path }, path))
    const mayRead = (await accessToFilesOf(deps, actor, reference)).ok
    const { repository } = opened.value
    const sha256 = await sha256Of(entry)
    const isCopy = repository.home !== null
    const erased =
      sha256 && (await findErased(database.read, { memberId: repository.memberId, isCopy }, sha256))
    const erasable = erased || sha256 === null ? null : await offerTo(repository, sha256)
    return succeed({
      head: await headOf(opened.value),
      references: await referencesOf(opened.value),
      path,
      sizeBytes: entry.size,
      sha256: entry.large?.sha256 ?? null,
      preview: mayRead && !erased ? await preview(opened.value, entry) : ({ kind: 'none' } as const),
      erased,
      offer: erasable && presentOffer(repository, erasable),
    })
  }

  async function sha256Of({ oid, large }: FileEntry): Promise<Sha256 | null> {
    return large ? large.sha256 : digestOf(database.read, oid)
  }

  /** What erasing a file of an own repository comes to; null for whoever does not administer all that loses it. */
  async function offerTo(repository: Repository, sha256: Sha256): Promise<ErasurePlan | null> {
    const { kind, fullName: id, memberId, home } = repository
    if (home !== null || !(await accessOf(deps, actor, { kind, id }, 'admin')).ok) return null
    const member = (await hostedMembers(database.read)).find((hosted) => hosted.id === memberId)
    if (!member) return null
    const from = { kind: 'member', member: member.handle } as const
    const plan = await deps.erasures.foresee({ sha256, from })
    if (!plan.ok) return null
    for (const lost of plan.value.repositories)
      if (!(await accessOf(deps, actor, { kind: lost.kind, id: lost.id }, 'admin')).ok) return null
    return plan.value
  }

  async function erase(
    reference: RepositoryReference,
    revision: Revision,
    path: string,
    reason: RetractionReason,
  ): Promise<Result<void>> {
    if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
    const opened = await open(reference, revision)
    if (!opened.ok) return opened
    const parsed = RepositoryPath.safeParse(path)
    const entry = parsed.success
      ? await share.queries.describe(database.read, opened.value.commit, parsed.data)
      : null
    if (entry?.type !== 'file') return fail(failure('entryNotFound', { path }, path))
    const sha256 = await sha256Of(entry)
    const plan = sha256 && (await offerTo(opened.value.repository, sha256))
    if (!plan) return fail(failure('forbidden'))
    const done = await deps.erasures.erase({ sha256: plan.sha256, from: plan.from, reason })
    return done.ok ? succeed(undefined) : done
  }

  async function preview(opened: Opened, entry: FileEntry): Promise<Preview> {
    if (/\.(?:png|jpe?g|gif|webp)$/i.test(entry.path)) {
      return { kind: entry.size <= LARGEST_PICTURE ? 'picture' : 'none' }
    }
    const bytes = await firstBytes(opened, entry, PREVIEW_BYTES)
    if (!bytes || bytes.includes(0)) return { kind: 'none' }
    const text = fromUtf8(bytes)
    const isCut = entry.size > bytes.length
    if (/\.(?:md|markdown)$/i.test(entry.path)) return { kind: 'markdown', text, isCut }
    return text.includes('\ufffd') && !isCut ? { kind: 'none' } : { kind: 'text', text, isCut }
  }

  async function tensors(reference: RepositoryReference, revision: Revision, page: number) {
    const opened = await open(reference, revision)
    if (!opened.ok) return opened
    const { repository, commit } = opened.value
    const all = (await catalogue.readTensors(repository.id, commit)) ?? []
    const shown = pageOf(
      all.flatMap((each) => each.tensors),
      page,
      TENSORS_PAGE,
    )
    if (!shown) return fail(failure('pageNotFound'))
    return succeed({
      head: await headOf(opened.value),
      files: all.map(({ weights }) => ({
        path: weights.paths[0] ?? '',
        format: weights.format,
        tensors: weights.tensorCount,
        parameters: weights.parameterCount,
      })),
      tensors: shown.items.map(({ name, precision, shape, parameterCount: parameters }) => ({
        name,
        precision,
        shape,
        parameters,
      })),
      page,
      pages: shown.pages,
    })
  }

  async function commits(reference: RepositoryReference, revision: Revision, page: number) {
    const opened = await open(reference, revision)
    if (!opened.ok) return opened
    const { commit } = opened.value
    const total = await share.queries.countHistory(database.read, commit)
    const pages = Math.max(1, Math.ceil(total / COMMITS_PAGE))
    if (page > pages) return fail(failure('pageNotFound'))
    const skip = (page - 1) * COMMITS_PAGE
    const found = await share.queries.history(database.read, commit, { skip, limit: COMMITS_PAGE })
    const head = await headOf(opened.value)
    return succeed({
      head,
      references: await referencesOf(opened.value),
      commits: found.map(presentCommit),
      page,
      pages,
    })
  }

  async function commit(reference: RepositoryReference, oid: GitOid) {
    const opened = await open(reference, oid)
    if (!opened.ok) return opened
    const [summary] = await share.queries.history(database.read, oid, { skip: 0, limit: 1 })
    if (!summary) return fail(failure('revisionNotFound', { rev: oid }))
    const changes = await changesOf(oid, summary.parents[0])
    return succeed({
      head: await headOf(opened.value),
      commit: presentCommit(summary),
      body: summary.description,
      parents: summary.parents,
      changes: changes.slice(0, CHANGES_SHOWN),
      changeCount: changes.length,
    })
  }

  async function changesOf(oid: GitOid, parent: GitOid | undefined): Promise<readonly Change[]> {
    const after = await share.queries.files(database.read, oid)
    const before = new Map(
      (parent ? await share.queries.files(database.read, parent) : []).map((each) => [each.path, each.oid]),
    )
    const written = after
      .filter((each) => before.get(each.path) !== each.oid)
      .map(({ path, size }): Change => ({
        kind: before.has(path) ? 'changed' : 'added',
        path,
        sizeBytes: size,
      }))
    const kept = new Set(after.map(({ path }) => path))
    const removed = [...before.keys()]
      .filter((path) => !kept.has(path))
      .map((path): Change => ({ kind: 'removed', path, sizeBytes: null }))
    return [...written, ...removed].toSorted((left, right) => (left.path < right.path ? -1 : 1))
  }

  async function head(reference: RepositoryReference) {
    const opened = await open(reference, null)
    return opened.ok ? succeed(await headOf(opened.value)) : opened
  }

  async function settings(reference: RepositoryReference) {
    const permitted = await accessOf(deps, actor, reference, 'admin')
    if (!permitted.ok) return permitted
    const opened = await open(reference, null)
    if (!opened.ok) return opened
    const requests = await deps.requests.listFor(permitted.value.repository.id, null)
    return succeed({
      head: await headOf(opened.value),
      namespaces: await namespaces(),
      requests: requests.filter(({ status }) => status !== 'rejected'),
    })
  }

  async function namespaces(): Promise<readonly string[]> {
    if (actor.kind === 'anonymous') return []
    const all = await accounts.namespacesOf(actor.userId)
    return all.filter(({ role }) => refusalToCreate(actor, role) === null).map(({ name }) => name)
  }

  /** The right to create in a namespace, or why not. */
  async function mayCreateIn(namespace: string): Promise<Result<null>> {
    const refusal = refusalToCreate(actor, await accounts.roleIn(actor, namespace))
    return refusal ? fail(refusal) : succeed(null)
  }

  return {
    overview,
    files,
    file,
    erase,
    tensors,
    commits,
    commit,
    head,
    settings,
    namespaces,
    async create({ kind, namespace, name, visibility }) {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const permitted = await mayCreateIn(namespace)
      if (!permitted.ok) return permitted
      const fullName = RepositoryId.parse(`${namespace}/${name}`)
      const created = await share.repositories.create(actor, { kind, fullName, visibility })
      if (!created.ok) return created
      await catalogue.refreshCard(created.value.id)
      return succeed({ kind, id: fullName })
    },
    async changeAccess(reference, change) {
      const permitted = await accessOf(deps, actor, reference, 'admin')
      if (!permitted.ok) return permitted
      const changed = await share.repositories.changeSettings(permitted.value.repository, change)
      return changed.ok ? succeed(undefined) : changed
    },
    async decide(reference, request, decision) {
      const permitted = await accessOf(deps, actor, reference, 'admin')
      if (!permitted.ok) return permitted
      return deps.requests.decide(permitted.value.repository, request, decision)
    },
    async move(reference, { namespace, name }) {
      const permitted = await accessOf(deps, actor, reference, 'admin')
      if (!permitted.ok) return permitted
      const target = await mayCreateIn(namespace)
      if (!target.ok) return target
      const to = RepositoryId.parse(`${namespace}/${name}`)
      const moved = await share.repositories.move(permitted.value.repository, to)
      if (!moved.ok) return moved
      await catalogue.refreshCard(moved.value.id)
      return succeed({ kind: reference.kind, id: to })
    },
    async remove(reference) {
      const permitted = await accessOf(deps, actor, reference, 'admin')
      if (!permitted.ok) return permitted
      await share.repositories.remove(permitted.value.repository)
      return succeed(undefined)
    },
  }
}

function presentOffer(
  { fullName }: Repository,
  { isStated, repositories, keptBy, deadlines }: ErasurePlan,
): ErasureOffer {
  const others = repositories.map(({ id }) => id).filter((id) => id !== fullName)
  return {
    isStated,
    also: others,
    keptBy: keptBy.filter(({ isPublic }) => isPublic).map(({ id }) => id),
    deadlines,
  }
}

function copyOf({ memberId, name, colour, url, follow, frozen }: Home): CopyOf {
  return { memberId, member: name, colour, url, standing: standingTo(follow), frozen }
}

function pageOf<Item>(
  items: readonly Item[],
  page: number,
  size: number,
): { items: readonly Item[]; pages: number } | null {
  const pages = Math.max(1, Math.ceil(items.length / size))
  return page > pages ? null : { items: items.slice((page - 1) * size, page * size), pages }
}

function presentCommit({ oid, title, author, seconds }: CommitSummary): CommitEntry {
  return { oid, title, author, at: seconds * 1000 }
}

function tensorCount(card: Card | null): number | null {
  const weights = card?.weights ?? []
  return weights.length === 0 ? null : weights.reduce((total, each) => total + each.tensorCount, 0)
}

/** Of the weights that are a model: the largest that fits the machine we compare with, else the smallest. */
function memoryWeights(card: Card | null): MemoryWeights | null {
  const fit = fitIn(card?.weights ?? [], REFERENCE_MEMORY_BYTES)
  if (fit.kind === 'unknown') return null
  const main = fit.weights
  const precisions = Object.entries(main.precisions)
    .map(([name, parameters]) => ({ name, parameters }))
    .toSorted((left, right) => right.parameters - left.parameters)
  return { parameters: main.parameterCount, bytes: main.tensorBytes, precisions }
}

/** Tags that say something of their own. */
function labelsOf(card: Card | null): readonly string[] {
  if (!card) return []
  const said = new Set([card.pipelineTag, card.libraryName, ...card.languages, 'safetensors', 'gguf'])
  return card.tags.filter((tag) => !tag.includes(':') && !said.has(tag))
}

/** The main weights, else the largest file. */
function exampleFile(card: Card | null, files: readonly FileEntry[]): string | null {
  const main = card?.weights[0]?.paths[0]
  if (main !== undefined) return main
  const [largest] = files
    .filter(({ path }) => !path.startsWith('.'))
    .toSorted((left, right) => right.size - left.size)
  return largest?.path ?? null
}
