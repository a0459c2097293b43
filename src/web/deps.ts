/** What the pages ask of the rest of the node: view models out, parsed input in. Wired in `wiring.ts`. */
import type {
  Actor,
  FoundedMember,
  Link,
  LinkPurpose,
  Role,
  Scope,
  Session,
} from '../features/accounts/index.ts'
import type {
  AssessedEvidence,
  Beginning,
  DraftFields,
  Noun,
  RoundDraft,
  Wish,
} from '../features/capacity/index.ts'
import type { CharterDraft, Founding, PromisedTerms, RosterDraft } from '../features/follow/index.ts'
import type { RequestContext } from '../http/context.ts'
import type { Colour } from '../kernel/colour.ts'
import type { GitOid, Handle, MemberId, Name, Origin, RepositoryId, RepositoryKind } from '../kernel/names.ts'
import type { Random } from '../kernel/random.ts'
import type { Result } from '../kernel/result.ts'
import type { Clock } from '../kernel/time.ts'
import type { Country, MatchingRound, PublicRecord, RetractionReason } from '../records/index.ts'
import type { CardRenderer } from './card/index.ts'
import type { RepositoryHead } from './components/repository-frame.tsx'
import type { Speaker } from './components/statement.tsx'
import type { ChosenTerms } from './components/terms-fields.tsx'
import type { NodeIdentity, Viewer } from './page-context.ts'
import type { AccessFields, SentRequestEntry } from './pages/access.tsx'
import type { AccountView } from './pages/account.tsx'
import type { AgreementPreview, AgreementTyped, DraftingView, DraftView } from './pages/agreement-form.tsx'
import type { AgreementView, TypedAct } from './pages/agreement.tsx'
import type { AgreementsView } from './pages/agreements.tsx'
import type { AssociationAct, AssociationView } from './pages/association.tsx'
import type { AssociationEntry } from './pages/associations.tsx'
import type { BenefitsView } from './pages/benefits.tsx'
import type { CandidateView } from './pages/candidate.tsx'
import type { CatalogueQuery, CatalogueView } from './pages/catalogue.tsx'
import type { CommitView } from './pages/commit.tsx'
import type { CommitsView } from './pages/commits.tsx'
import type { DeliverView, DeliveryTyped } from './pages/deliver.tsx'
import type { FileView } from './pages/file.tsx'
import type { FilesView } from './pages/files.tsx'
import type { FoundingView } from './pages/found-association.tsx'
import type { HomeView } from './pages/home.tsx'
import type { LedgerQuery, LedgerView } from './pages/ledger.tsx'
import type { LogView } from './pages/log.tsx'
import type { MemberView } from './pages/member.tsx'
import type { MemberEntry, MembersView } from './pages/members.tsx'
import type { AnnouncingView } from './pages/new-round.tsx'
import type { OverviewView } from './pages/overview.tsx'
import type { PeopleView } from './pages/people.tsx'
import type { Promised, PublicGoodView } from './pages/public-good.tsx'
import type { RecordView } from './pages/record.tsx'
import type { RepositorySettingsView } from './pages/repository-settings.tsx'
import type { RepositoryView } from './pages/repository.tsx'
import type { RoundAct, RoundPageView } from './pages/round.tsx'
import type { RoundsView } from './pages/rounds.tsx'
import type { SettingsView } from './pages/settings.tsx'
import type { StatedFilter, StatedListView, StatedView } from './pages/stated.tsx'
import type { StatingView } from './pages/stating.tsx'
import type { StorageView } from './pages/storage.tsx'
import type { TensorsView } from './pages/tensors.tsx'
import type { RepositoryReference } from './paths.ts'

/** What the pages of a node are made of. */
export interface SiteDeps {
  readonly clock: Clock
  readonly random: Random
  readonly cards: CardRenderer
  /** The address that a request came from, for throttling sign-in. */
  readonly remoteOf: (c: RequestContext) => string
  /** What one actor may see and do. Called once per request, so it must be cheap: one indexed read. */
  readonly visit: (actor: Actor) => Promise<Visit>
}

/** One actor at this node. Every function acts for them, and refuses what they may not see or do. */
export interface Visit {
  readonly node: NodeIdentity
  /** Null when nobody is signed in. */
  readonly viewer: Viewer | null
  readonly catalogue: CatalogueVisit
  readonly repositories: RepositoryVisit
  readonly log: LogVisit
  readonly publicGoods: PublicGoodVisit
  readonly associations: AssociationVisit
  readonly rounds: RoundVisit
  readonly ledger: LedgerVisit
  readonly agreements: AgreementVisit
  readonly needs: NeedVisit
  readonly members: MembersVisit
  readonly access: AccessVisit
  readonly accounts: AccountVisit
  readonly operation: OperationVisit
}

/** What was promised, agreed and delivered, and who has something of what is shared. */
export interface LedgerVisit {
  overview(): Promise<OverviewView>
  ledger(query: LedgerQuery): Promise<LedgerView>
  benefits(): Promise<BenefitsView>
}

/** Finding what is published. */
export interface CatalogueVisit {
  home(): Promise<HomeView>
  search(query: CatalogueQuery): Promise<CatalogueView>
  account(name: string): Promise<Result<AccountView>>
}

/** Which version of a repository a page is about; null is the default branch. */
export type Revision = string | null

/**
 * Reading and governing repositories. A private one that the visitor may not read is refused as missing
 * (`repositoryHidden`, `repositoryNotFound`). An id that was moved, or differs in case, answers with the present
 * one: `head.id` is where the page leads the reader. `page` counts from 1; one past the last is `pageNotFound`.
 */
export interface RepositoryVisit {
  /** With the card's Markdown, without front matter; null when there is no card. */
  overview(
    repository: RepositoryReference,
  ): Promise<Result<{ readonly view: RepositoryView; readonly card: string | null }>>
  /** The folder at `path`, empty for the root; `entryNotFound` when a file stands there. */
  files(
    repository: RepositoryReference,
    revision: Revision,
    path: string,
    page: number,
  ): Promise<Result<FilesView>>
  /** `entryNotFound` when a folder stands there. Gated files have no preview for those without permission. */
  file(repository: RepositoryReference, revision: Revision, path: string): Promise<Result<FileView>>
  /** Erases a file for good; see `ErasureCommands.erase`. Whoever administers all that loses it may: else `forbidden`. */
  erase(
    repository: RepositoryReference,
    revision: Revision,
    path: string,
    reason: RetractionReason,
  ): Promise<Result<void>>
  tensors(repository: RepositoryReference, revision: Revision, page: number): Promise<Result<TensorsView>>
  commits(repository: RepositoryReference, revision: Revision, page: number): Promise<Result<CommitsView>>
  commit(repository: RepositoryReference, oid: GitOid): Promise<Result<CommitView>>
  head(repository: RepositoryReference): Promise<Result<RepositoryHead>>
  settings(repository: RepositoryReference): Promise<Result<RepositorySettingsView>>
  /** Namespaces in which the visitor may create, their own first; none when nobody is signed in. */
  namespaces(): Promise<readonly string[]>
  create(repository: NewRepository): Promise<Result<RepositoryReference>>
  changeAccess(repository: RepositoryReference, access: RepositoryAccess): Promise<Result<void>>
  /** Answers somebody who asked to read the repository. */
  decide(repository: RepositoryReference, request: string, decision: AccessDecision): Promise<Result<void>>
  move(repository: RepositoryReference, to: RepositoryPlace): Promise<Result<RepositoryReference>>
  remove(repository: RepositoryReference): Promise<Result<void>>
}

export interface RepositoryPlace {
  readonly namespace: Name
  readonly name: Name
}

export interface NewRepository extends RepositoryPlace {
  readonly kind: RepositoryKind
  readonly visibility: 'public' | 'private'
}

export interface RepositoryAccess {
  readonly visibility: 'public' | 'private'
  readonly gated: 'no' | 'auto' | 'manual'
}

export interface AccessDecision {
  readonly status: 'accepted' | 'rejected'
  /** For the person; empty for none. */
  readonly reason: string
}

/** What members owe each other. Whoever administers a member speaks for it; others are refused with `forbidden`. */
export interface AgreementVisit {
  list(): Promise<AgreementsView>
  show(id: string): Promise<Result<AgreementView>>
  /** Whether a member that the visitor administers has said it, and its log has not taken it up. */
  isBeingSigned(id: string): Promise<boolean>
  say(id: string, words: TypedAct): Promise<Result<void>>
  /** Tells the other party, sealed, whom to ask. */
  tellContact(id: string, as: string, contact: string): Promise<Result<void>>
  /** What an obligation of a member hosted here can be shown by. */
  owed(id: string, as: string, obligation: number): Promise<Result<DeliverView>>
  /** Opens the evidence and tells what it shows; nothing is said. */
  tryDelivery(id: string, typed: DeliveryTyped): Promise<Result<TriedDelivery>>
  deliver(id: string, typed: DeliveryTyped): Promise<Result<void>>
  /** For whom the visitor may speak, and with whom. */
  drafting(): Promise<Result<DraftingView>>
  /** What an agreement begins with: a need, an offer or a result of a round, or a draft. */
  begin(as: string, beginning: Beginning): Promise<Result<AgreementTyped>>
  change(as: string, draft: string): Promise<Result<AgreementTyped>>
  preview(typed: AgreementTyped): Promise<Result<AgreementPreview>>
  /** Keeps a draft; its id. */
  keep(typed: AgreementTyped): Promise<Result<string>>
  /** States and signs it; its id. */
  propose(typed: AgreementTyped): Promise<Result<string>>
  draft(as: string, id: string): Promise<Result<DraftView>>
  send(as: string, id: string, note: string): Promise<Result<void>>
  drop(as: string, id: string): Promise<Result<void>>
  proposeDraft(as: string, id: string): Promise<Result<string>>
}

/** A delivery before it is said. */
export interface TriedDelivery {
  readonly evidence: readonly AssessedEvidence[]
  /** What its evidence shows in all. */
  readonly shown: bigint
}

/** What is promised to everybody. */
export interface PublicGoodVisit {
  list(): Promise<readonly Promised[]>
  show(repository: RepositoryReference): Promise<Result<PublicGoodView>>
  promise(repository: RepositoryReference, terms: PromisedTerms): Promise<Result<void>>
}

/** What members say to the world. The same for everybody: records are public. */
export interface LogVisit {
  /**
   * A page of one log, newest first, from below `before`; the node's own log without `origin`. `pageNotFound` for a log
   * that is not here.
   */
  open(origin: Origin | null, before: number | null): Promise<Result<LogView>>
  /** `pageNotFound` where no checkpoint covers such an entry. */
  record(origin: Origin, position: number): Promise<Result<RecordView>>
  /** Takes back what a member of this node said, in the name of whoever administers it. */
  retract(origin: Origin, position: number, reason: RetractionReason): Promise<Result<void>>
}

/** Where a member's node is said to answer. */
export interface MemberAddress {
  readonly url: string
  /** Of several members hosted there; null takes the first. */
  readonly handle: string | null
  /** Whether it may be a loopback or private address. */
  readonly allowPrivate: boolean
}

/** Members of other nodes: everybody sees them, operators follow them. */
export interface MembersVisit {
  list(page: number): Promise<Result<MembersView>>
  member(memberId: MemberId): Promise<Result<MemberView>>
  /** Who publishes under a namespace, when that is one member of another node; null else. */
  publisherOf(namespace: string): Promise<MemberId | null>
  /** Shows whom one is about to follow; changes nothing. For operators, as all below. */
  inspect(address: MemberAddress, signal: AbortSignal): Promise<Result<CandidateView>>
  /** Follows whom one was shown: `otherMember` when another answers there now. */
  follow(
    input: MemberAddress & ChosenTerms & { readonly memberId: MemberId },
    signal: AbortSignal,
  ): Promise<Result<void>>
  /** A followed member and its terms, to be changed. */
  toChange(memberId: MemberId): Promise<Result<{ readonly member: MemberEntry; readonly terms: ChosenTerms }>>
  /** Changes the terms from now on; whose they are. */
  changeTerms(memberId: MemberId, terms: ChosenTerms): Promise<Result<MemberId>>
  /** Asks a followed member's node now, whatever it did before; whose it is, and whether it has answered within some seconds. */
  retry(
    memberId: MemberId,
    signal: AbortSignal,
  ): Promise<Result<{ readonly memberId: MemberId; readonly isAnswered: boolean }>>
  /** A followed member, to be asked about; `notFollowed` when it is none. */
  toUnfollow(memberId: MemberId): Promise<Result<MemberEntry>>
  unfollow(memberId: MemberId): Promise<Result<void>>
  /** Takes the member at an address for a follower, and lets it be asked there. */
  allowFollower(url: string, signal: AbortSignal): Promise<Result<void>>
}

/** Asking to read what is not for everybody, here or at another member. Refused with `signInRequired` to strangers. */
export interface AccessVisit {
  sent(): Promise<Result<readonly SentRequestEntry[]>>
  ask(wish: AccessFields & { readonly repository: RepositoryId }): Promise<Result<void>>
  withdraw(id: string): Promise<Result<void>>
}

/** Members bound by charters. The same for everybody; speaking for a member is for the administrators of its namespace. */
export interface AssociationVisit {
  list(): Promise<readonly AssociationEntry[]>
  /** `associationNotFound` where its charter is not here. */
  show(id: string): Promise<Result<AssociationView>>
  say(id: string, words: AssociationWords): Promise<Result<void>>
  /** The list that would be proposed, before it is. */
  draftRoster(id: string, words: AssociationWords): Promise<Result<RosterDraft>>
  /** Whom the visitor may found for, and with whom: refused to whoever administers no member. */
  founding(): Promise<Result<FoundingView>>
  /** The charter that `found` would say. */
  draft(as: string, founding: Founding): Promise<Result<CharterDraft>>
  found(as: string, founding: Founding): Promise<Result<void>>
}

/**
 * Needs, offers, pledges and groups of countries. Reading is for everybody; stating them, and the forms that were begun, are for the
 * administrators of the member: refused to others with `signInRequired`, `forbidden`, a draft with `statementDraftNotFound`.
 */
export interface NeedVisit {
  list(noun: Noun, filter: StatedFilter, page: number): Promise<Result<StatedListView>>
  /** `statementNotFound` where it is not known here. */
  show(noun: Noun, id: string): Promise<Result<StatedView>>
  form(noun: Noun): Promise<Result<StatingView>>
  draft(noun: Noun, id: string): Promise<Result<{ readonly as: string; readonly fields: DraftFields }>>
  /** The record that `state` would say. */
  preview(
    as: string,
    noun: Noun,
    wish: Wish,
  ): Promise<Result<{ readonly record: PublicRecord; readonly speaker: Speaker }>>
  /** Says it, and throws the draft away that it was kept as; its id. */
  state(as: string, noun: Noun, wish: Wish, draft: string | null): Promise<Result<string>>
  /** Keeps a form as it is typed; its id. */
  keep(as: string, noun: Noun, draft: string | null, fields: DraftFields): Promise<Result<string>>
  drop(noun: Noun, draft: string): Promise<Result<void>>
  withdraw(noun: Noun, id: string, reason: RetractionReason): Promise<Result<void>>
}

/** Rounds of matching. The same for everybody; speaking for a member is for the administrators of its namespace. */
export interface RoundVisit {
  list(): Promise<RoundsView>
  /** `roundNotFound` where no log that is read here announces it. */
  show(id: string): Promise<Result<RoundPageView>>
  /** Decides a round, or confirms its result. */
  state(id: string, as: string, act: RoundAct): Promise<Result<void>>
  /** What a decided round is computed from, or its result, as JSON. */
  file(id: string, which: 'round' | 'result'): Promise<Result<string>>
  /** For whom the visitor may announce one: refused to whoever administers no member. */
  announcing(): Promise<Result<AnnouncingView>>
  /** The record that `announce` would say. */
  draft(as: string, draft: RoundDraft): Promise<Result<MatchingRound>>
  announce(as: string, draft: RoundDraft): Promise<Result<void>>
}

/** What somebody says in the name of a member hosted here. */
export interface AssociationWords {
  readonly as: string
  readonly say: AssociationAct
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Getting in, and what a person may change about themselves. */
export interface AccountVisit {
  signIn(input: {
    readonly name: string
    readonly password: string
    readonly remote: string
    /** The session that the browser still had. */
    readonly previous: string | undefined
  }): Promise<Result<Session>>
  signOut(session: string): Promise<void>
  linkPurpose(key: string): Promise<Result<LinkPurpose>>
  setUp(input: {
    readonly key: string
    readonly memberName: string
    readonly handle: Handle
    readonly name: Name
    readonly fullName: string
    readonly password: string
    /** The node's address as the visitor wrote it. */
    readonly address: string
  }): Promise<Result<FoundedMember & { readonly session: Session }>>
  choosePassword(input: { readonly key: string; readonly password: string }): Promise<Result<Session>>
  settings(): Promise<Result<SettingsView>>
  rename(fullName: string): Promise<Result<void>>
  changePassword(input: {
    readonly current: string
    readonly next: string
    readonly remote: string
  }): Promise<Result<Session>>
  createToken(input: { readonly displayName: string; readonly scope: Scope }): Promise<Result<string>>
  revokeToken(id: string): Promise<Result<void>>
  /** In which colour a member hosted here is drawn: for operators. */
  setColour(handle: string, colour: Colour): Promise<Result<void>>
  /** Where a member hosted here is: for operators. */
  setCountry(handle: string, country: Country): Promise<Result<void>>
}

/** Looking after the node: for operators; refused to everybody else. */
export interface OperationVisit {
  people(): Promise<Result<PeopleView>>
  addPerson(input: {
    readonly name: Name
    readonly fullName: string
    readonly isOperator: boolean
  }): Promise<Result<Link>>
  makeLink(name: string): Promise<Result<Link>>
  setOperator(name: string, isOperator: boolean): Promise<Result<void>>
  removePerson(name: string): Promise<Result<void>>
  addOrganisation(input: {
    readonly name: Name
    readonly fullName: string
    readonly owner: string
  }): Promise<Result<void>>
  /** Null takes the person out. */
  setRole(input: {
    readonly organisation: string
    readonly person: string
    readonly role: Role | null
  }): Promise<Result<void>>
  storage(page: number): Promise<Result<StorageView>>
}
