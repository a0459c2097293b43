/**
 * The tables of the data folder, as types. Each block names its owner; no other folder writes it.
 * Portable subset: text ids, integers for bytes and milliseconds, 0/1 for booleans, JSON as text.
 * See docs/spec/data-folder.md.
 */
import type { Generated } from 'kysely'

type Flag = 0 | 1

/** Owner: features/accounts for hosted members, features/follow for those of other nodes. */
export interface MemberTable {
  /** A `MemberId` once the member has a log; before it, a local id. */
  id: string
  /** Of a hosted member also the name of an organisation account. Two members may have chosen the same. */
  handle: string
  display_name: string
  url: string | null
  created_at: number
  /** Whether this node writes the member's log. */
  hosted: Flag
  /** Whether its log has said what it is called. */
  named: Generated<Flag>
  /** The colour that it chose to be drawn in, as a word; null where it chose none. */
  colour: Generated<string | null>
  /** Where it is, ISO 3166-1 alpha-2; null where it did not say. */
  country: Generated<string | null>
}

/** Owner: log. A log that this node writes (`own`) or holds a verified copy of (`held`). */
export interface LogTable {
  /** `ayni/<member id>/<number>`. */
  origin: string
  member_id: string
  number: number
  /** Ed25519 key that signs its checkpoints, base64 of 32 bytes. */
  public_key: string
  role: 'own' | 'held'
  /** Leaves that are durable here, and the root over them in hex. */
  size: number
  root: string
  /** The unfinished tile of each level (docs/spec/log.md). */
  edge: Uint8Array
  /** Leaves whose bundles are in files: a multiple of 256. The others are in `log_tail`. */
  filed: number
  /** The newest checkpoint as a signed note: what we published, or what we verified; null before the first. */
  checkpoint: Uint8Array | null
  /** The size that `checkpoint` states. */
  signed_size: number
  /** Why nothing is added any more; null while all is well. */
  frozen: string | null
  /** The recovery keys of the member's genesis and their threshold, as JSON. */
  recovery: string
  /** Entries that still count since a later log of the member continued this one; null while none did. */
  cut: number | null
}

/** Owner: log. The keys of a log, each from the entry on that named them: a projection of that log alone. */
export interface LogKeyTable {
  origin: string
  position: number
  /** Signs checkpoints that cover the entry, base64 of 32 bytes. */
  public_key: string
  /** Cosigns in the member's name, base64 of 32 bytes. */
  witness_key: string
  /** When the record says that it was made, milliseconds. */
  time: number
}

/** Owner: log. Leaves that are in no bundle file yet. */
export interface LogTailTable {
  origin: string
  position: number
  leaf: Uint8Array
}

/** Owner: log. Every entry of every log: what it is, and where. */
export interface LogEntryTable {
  origin: string
  position: number
  /** Hex. */
  leaf_hash: string
  /** Type with major version; null where the leaf does not say. */
  type: string | null
  /** Why nothing was made of it; null when it counts. */
  inert: string | null
  /** When it says that it was said, milliseconds. */
  time: number | null
}

/** Owner: log. Entries whose bytes this node does not hold: erased here, or never received. */
export interface RedactionTable {
  origin: string
  position: number
  /** Hex. All that is left of the leaf. */
  leaf_hash: string
  /** Why, as whoever erased it said. */
  reason: string
  time: number
}

/** Owner: log. The newest cosignature of each signer over each log. */
export interface CosignatureTable {
  origin: string
  /** Name of the signer's key. */
  signer: string
  size: number
  /** When it was made, milliseconds. */
  time: number
  /** The signature line of the note, without its end of line. */
  line: string
}

/** Owner: log. The newest checkpoint of each held log that the members hosted here have vouched for. */
export interface WitnessedTable {
  origin: string
  /** SHA-256 of the origin, hex: the name under which others ask for it. */
  origin_hash: string
  size: number
  /** The checkpoint as a note with the log's signature. */
  checkpoint: Uint8Array
  /** When it was vouched for, milliseconds of a whole second. */
  time: number
}

/** Owner: log. What shows that a log signed two histories: the first that was found. */
export interface ForkEvidenceTable {
  origin: string
  /** The file of docs/spec/log.md. */
  evidence: string
  found_at: number
}

/** Owner: log. What members stated of forks, whether or not it convicts: a projection of their logs. It is looked at again once the log or its keys are known. */
export interface StatedForkTable {
  /** Where it stands. */
  by_origin: string
  by_position: number
  member_id: string
  /** The log that is accused. */
  origin: string
  time: number
  /** The record's body as JSON. */
  body: string
}

/** Owner: features/accounts. People and organisations: one name space, case-insensitive by `name_key`. */
export interface AccountTable {
  id: string
  name: string
  name_key: string
  kind: 'user' | 'organisation'
  full_name: string
  /** argon2id in PHC string form; null until the person chose one, always null for an organisation. */
  password_hash: string | null
  /** May manage people and storage of the node. */
  is_operator: Flag
  created_at: number
}

/** Owner: features/accounts. */
export interface MembershipTable {
  organisation_id: string
  user_id: string
  role: 'read' | 'write' | 'admin'
}

/** Owner: features/accounts. */
export interface AccessTokenTable {
  id: string
  user_id: string
  display_name: string
  /** SHA-256 of the token, hex. The token itself is never stored. */
  secret_hash: string
  scope: 'read' | 'write' | 'limited'
  /** JSON `[{"repository":"ns/name","kind":"model","right":"read"|"write"}]` when limited, else null. */
  limits: string | null
  created_at: number
  last_used_at: number | null
}

/** Owner: features/accounts. */
export interface SessionTable {
  /** SHA-256 of the cookie, hex. */
  secret_hash: string
  user_id: string
  created_at: number
  expires_at: number
}

/** Owner: features/accounts. One-time links: first set-up, choose a password. */
export interface OneTimeLinkTable {
  secret_hash: string
  purpose: 'set-up' | 'password'
  user_id: string | null
  expires_at: number
}

/** Owner: features/accounts. */
export interface SignInAttemptTable {
  /** The account name tried, or the address it came from, prefixed `name:` or `from:`. */
  subject: string
  failed_at: number
}

/** Owner: features/share. */
export interface RepositoryTable {
  id: string
  member_id: string
  kind: 'model' | 'dataset'
  /** As the owner wrote it. */
  namespace: string
  name: string
  /** `namespace/name` case-folded; unique with kind. */
  key: string
  visibility: 'public' | 'private'
  gated: 'no' | 'auto' | 'manual'
  disabled: Generated<Flag>
  downloads: Generated<number>
  created_at: number
  /** Last time any ref moved. */
  modified_at: number
}

/** Owner: features/share. Old ids of moved repositories: answered by a redirect. */
export interface RepositoryAliasTable {
  kind: 'model' | 'dataset'
  key: string
  repository_id: string
}

/** Owner: features/share. */
export interface RefTable {
  repository_id: string
  /** Full name: `refs/heads/main`, `refs/tags/v1`. */
  name: string
  /** Commit, or annotated tag object. */
  oid: string
}

/** Owner: features/share. Git objects, content-addressed, shared by all repositories. */
export interface GitObjectTable {
  oid: string
  type: 'blob' | 'tree' | 'commit' | 'tag'
  /** Bytes of the body before compression. */
  size: number
  /** zlib stream of the body, without git's header. Empty once the bytes were erased. */
  data: Uint8Array
  /** For a blob that is an LFS pointer: what it points to. */
  lfs_sha256: string | null
  lfs_size: number | null
}

/** Owner: features/share. Which repository may show which git object. */
export interface RepositoryObjectTable {
  repository_id: string
  oid: string
}

/** Owner: features/share. The SHA-256 of a blob's body, remembered for manifests. Some blobs have none yet. */
export interface BlobDigestTable {
  oid: string
  sha256: string
}

/** Owner: features/share. The Xet hash under which the manifests of a repository name a large file: the first that was said stays. */
export interface ManifestFileTable {
  repository_id: string
  sha256: string
  xet_hash: string
}

/** Owner: features/share. Git objects that another node sent and that belong to no repository yet; nobody is shown them. */
export interface ArrivingObjectTable extends GitObjectTable {
  /** Names one delivery. What an interrupted run left is forgotten when the next one begins. */
  batch: string
  /** Of a blob that is no pointer. */
  sha256: string | null
}

/** Owner: content. A stored xorb. `location` names the stored bytes; `chunks` is its chunk table (docs/spec/content.md). */
export interface XorbTable {
  hash: string
  location: string
  stored_bytes: number
  raw_bytes: number
  chunk_count: number
  chunks: Uint8Array
  created_at: number
  /** Last time its existence was told to anybody; starts the grace before collection. */
  announced_at: number
}

/** Owner: content. How to rebuild a file: `terms` is a list of chunk spans of xorbs (docs/spec/content.md). */
export interface FileTable {
  xet_hash: string
  sha256: string
  size: number
  terms: Uint8Array
  created_at: number
}

/** Owner: content. The right to a large file: which repository holds it. Uploading into a repository or committing grants it. */
export interface RepositoryFileTable {
  repository_id: string
  sha256: string
  xet_hash: string
}

/** Owner: content. Which xorbs a repository's files use: scopes global deduplication answers. */
export interface RepositoryXorbTable {
  repository_id: string
  xorb_hash: string
}

/** Owner: content. Files that some repositories may not use any more: their bytes were erased, or are about to be. */
export interface ErasureTable {
  /** A member: all its repositories. Empty: copies of other members' repositories that are held here. */
  scope: string
  sha256: string
  size: number
  /** Why, a word that records use. */
  reason: string
  /** When it was decided, milliseconds. */
  time: number
}

/** Owner: content. What erased files were called by their Xet hashes. */
export interface ErasedFileTable {
  xet_hash: string
  sha256: string
}

/** Owner: content. Sampled chunks, for deduplication. */
export interface DedupTable {
  chunk_hash: string
  xorb_hash: string
  chunk_index: number
}

/** Owner: content. LFS multipart uploads under way; parts are staged in `incoming/`. */
export interface MultipartUploadTable {
  id: string
  repository_id: string
  sha256: string
  size: number
  part_size: number
  created_at: number
}

/** Owner: features/follow. Members of other nodes whose logs this node holds, and on which terms. */
export interface FollowTable {
  member_id: string
  /** Where the member's node answers, without a trailing slash; null where it is known from a carry alone. */
  url: string | null
  /** Large files: fetched when somebody asks, without being asked, or never. */
  content: 'on-demand' | 'all' | 'none'
  /** Whether statements are applied, or the log is only verified and cosigned. */
  trust: 'full' | 'witness'
  /** Whether the member may be reached at a loopback or private address. */
  allow_private: Flag
  since: number
  /** Entries of the log that the projections hold: the next one to apply. */
  applied: number
  /** Last time that its checkpoint was fetched and verified. */
  checked_at: number | null
  /** Why the last attempt failed, and when; null after a good one. */
  failure: string | null
  failed_at: number | null
  /** Which large files are fetched without being asked, as JSON; null for all. */
  filter: string | null
  /** What a day may bring, as JSON, where it is not the usual. */
  quota: string | null
  /** Entries that the log had when following began: they are no part of any day. */
  backlog: Generated<number>
}

/** Owner: features/follow. What following a member has brought on one day. */
export interface FollowUsageTable {
  member_id: string
  /** Days since 1970, UTC. */
  day: number
  entries: number
  record_bytes: number
  object_bytes: number
  content_bytes: number
}

/** Owner: features/follow. Records that their members have taken back: a projection of the members' logs. */
export interface RetractionTable {
  origin: string
  position: number
  member_id: string
  /** The record that takes it back. */
  by_origin: string
  by_position: number
  reason: string
  /** When that one says that it was said, milliseconds. */
  time: number
}

/** Owner: features/follow. Files that members say they erased: a projection of the members' logs. The first word counts. */
export interface TombstoneTable {
  member_id: string
  sha256: string
  size: number
  /** The record that says so. */
  origin: string
  position: number
  reason: string
  /** When it says that it was said, milliseconds. */
  time: number
}

/** Owner: features/follow. How far a hosted member has stated that it verified a log of another. */
export interface ObservedHeadTable {
  /** Who stated it. */
  member_id: string
  origin: string
  size: number
  stated_at: number
}

/** Owner: features/follow. Who holds copies of the logs written here: asked before a log is signed after a start. */
export interface FollowerTable {
  /** An own log. */
  origin: string
  member_id: string
  /** Ed25519 key of its cosignatures, base64. */
  witness_key: string
  /** The number of its log that named this key. */
  log_number: Generated<number>
  /** What its own log says that it is called; null where it has not shown that. */
  handle: string | null
  name: string | null
  colour: string | null
  /** Where its node answers; null where it only announces itself. */
  url: string | null
  allow_private: Flag
  since: number
}

/** Owner: features/follow. What followed members say their refs point at: a projection of their logs. */
export interface AnnouncedRefTable {
  member_id: string
  kind: 'model' | 'dataset'
  /** `repository` case-folded. */
  key: string
  /** `namespace/name`. */
  repository: string
  /** Full name. */
  ref: string
  commit_oid: string
  manifest_sha256: string | null
  /** The entry that says so, and when it says that it was so. */
  origin: string
  position: number
  time: number
}

/** Owner: features/follow. What members promise of their own repositories: a projection of all logs. */
export interface PublicGoodTable {
  member_id: string
  kind: 'model' | 'dataset'
  /** `repository` case-folded. */
  key: string
  /** `namespace/name`. */
  repository: string
  licence: string
  /** The member that answers for it. */
  maintainer: string
  holders: number
  /** `2031-12-31`, UTC. */
  until: string
  /** The entry that says so, and when it says that it was so. */
  position: number
  time: number
}

/** Owner: features/follow. What was found out about copies of promised repositories. */
export interface CopyCheckTable {
  repository_id: string
  member_id: string
  /** The version that was asked for. */
  commit_oid: string
  state: 'verified' | 'claimed' | 'partial' | 'absent' | 'wrong' | 'silent'
  checked_at: number
  /** Last time that pieces of this version were compared and right. */
  verified_at: number | null
  /** Looks in a row that brought less than `verified`. */
  failures: number
}

/** Owner: features/follow. Members that sent verified pieces of a copy's large file, and when they last did. */
export interface FileHolderTable {
  repository_id: string
  sha256: string
  member_id: string
  verified_at: number
}

/** Owner: features/letters. Messages of members hosted here to others. */
export interface MessageOutTable {
  id: string
  sender_id: string
  receiver_id: string
  /** Kind with major version: `access-request/1`. */
  kind: string
  /** Canonical JSON; null once delivered. */
  body: string | null
  state: 'waiting' | 'delivered' | 'failed'
  created_at: number
  attempts: number
  next_at: number
  /** Why the last attempt failed, a word for programs; null after a good one. */
  failure: string | null
}

/** Owner: features/capacity. Agreements that nobody has said yet, written here or received from the other party. */
export interface AgreementDraftTable {
  /** The member hosted here. */
  member_id: string
  other_id: string
  /** The same at both. */
  id: string
  /** The body of the agreement as JSON. */
  body: string
  note: string
  state: 'written' | 'sent' | 'received'
  /** The message with which it was sent last. */
  message_id: string | null
  changed_at: number
}

/** Owner: features/capacity. Who is to be asked at a party of an agreement, for the administrators of a member hosted here. */
export interface AgreementContactTable {
  member_id: string
  agreement_id: string
  /** Whose it is. */
  of_id: string
  contact: string
  message_id: string | null
  time: number
}

/** Owner: features/capacity. What opened evidence showed: a function of the bytes and the question, counted anew where it is missing. */
export interface EvidenceTable {
  /** Everything that it depends on. */
  key: string
  /** Whole units, in decimal digits; null where it shows nothing. */
  counted: string | null
  /** What shows it: the file's SHA-256, or a repository. */
  shown: string | null
  fault: string | null
  opened_at: number
}

/** Owner: features/letters. Messages that were received: each counts once. */
export interface MessageInTable {
  sender_id: string
  id: string
  receiver_id: string
  kind: string
  received_at: number
}

/** Owner: features/letters. Assertions that were believed, as long as they could be shown again: each counts once. */
export interface UsedAssertionTable {
  issuer_id: string
  nonce: string
  /** From when on it is too old in any case. */
  until: number
}

/** Owner: features/letters. The name under which a person of this node is known to one other member. */
export interface PseudonymTable {
  account_id: string
  member_id: string
  pseudonym: string
}

/** Owner: features/letters. What people of this node asked for, here or at another member. */
export interface SentRequestTable {
  id: string
  account_id: string
  /** The home of the repository. */
  member_id: string
  kind: 'model' | 'dataset'
  /** `repository` case-folded. */
  key: string
  /** `namespace/name` as it was typed: whether there is one is not known here. */
  repository: string
  purpose: string
  status: 'pending' | 'accepted' | 'rejected'
  reason: string | null
  asked_at: number
  answered_at: number | null
}

/** Owner: features/letters. Who asked to read a repository written here, and what was answered. An accepted one is the right. */
export interface AccessRequestTable {
  id: string
  /** As the person's home names it. Not unique: whether it is taken must not tell whether a repository is there. */
  request_id: string
  repository_id: string
  /** A person of this node; else the member whose person it is, and their pseudonym. */
  account_id: string | null
  member_id: string | null
  pseudonym: string | null
  role: 'person' | 'operator'
  purpose: string
  /** Typed by the person for whoever decides. */
  contact: string | null
  status: 'pending' | 'accepted' | 'rejected'
  reason: string | null
  asked_at: number
  decided_at: number | null
}

/** Owner: features/follow. What members said of associations: a projection of their logs. What it comes to is computed from it. */
export interface AssociationStatementTable {
  origin: string
  position: number
  /** Hex. */
  leaf_hash: string
  member_id: string
  association: string
  /** The line of the leaf, without its line end. */
  json: string
}

/** Owner: features/follow. What members said that other features compute from, as it was said: a projection of their logs. */
export interface StatementTable {
  origin: string
  position: number
  /** Hex: the id of what is stated. */
  leaf_hash: string
  member_id: string
  type: string
  time: number
  /** The line of the leaf, without its line end. */
  json: string
}

/** Owner: features/capacity. Forms that were begun for members hosted here: nobody else sees them. */
export interface CapacityDraftTable {
  id: string
  member_id: string
  noun: string
  /** JSON: what is typed in each field. */
  fields: string
  updated_at: number
}

/** Owner: features/follow. Associations whose members are followed as they come, and on which terms. */
export interface AssociationFollowTable {
  association: string
  /** Which large files are fetched without being asked, as `ayni follow --content` takes it. */
  content: string
  trust: 'full' | 'witness'
  allow_private: Flag
}

/** Owner: log. What it takes up next: public records in the order in which they became true. */
export interface OutgoingRecordTable {
  sequence: Generated<number>
  member_id: string
  type: string
  /** Canonical JSON of the record; behind it, the signature lines of those that need some. */
  json: string
  created_at: number
}

/** Owner: features/catalogue. The parsed card of a repository's default branch: a projection, can be rebuilt. */
export interface CardTable {
  repository_id: string
  commit_oid: string
  /** JSON of `features/catalogue` `Card`. */
  card: string
  title: string
  licence: string | null
  pipeline_tag: string | null
  library_name: string | null
  parameter_count: number | null
  /** Bytes of all files of the default branch. */
  size_bytes: number
  file_count: number
}

/** Owner: features/catalogue. Tags as clients filter by them: `license:mit`, `language:sw`, `dataset:ns/x`, plain tags. */
export interface CardTagTable {
  repository_id: string
  tag: string
}

/** Owner: database. Node-wide values: `secret.*`, `cas-epoch`, … */
export interface SettingTable {
  name: string
  value: string
}

export interface Tables {
  member: MemberTable
  log: LogTable
  log_key: LogKeyTable
  log_tail: LogTailTable
  log_entry: LogEntryTable
  cosignature: CosignatureTable
  witnessed: WitnessedTable
  fork_evidence: ForkEvidenceTable
  stated_fork: StatedForkTable
  redaction: RedactionTable
  follow: FollowTable
  observed_head: ObservedHeadTable
  follow_usage: FollowUsageTable
  announced_ref: AnnouncedRefTable
  retraction: RetractionTable
  tombstone: TombstoneTable
  association_statement: AssociationStatementTable
  association_follow: AssociationFollowTable
  statement: StatementTable
  capacity_draft: CapacityDraftTable
  follower: FollowerTable
  public_good: PublicGoodTable
  copy_check: CopyCheckTable
  file_holder: FileHolderTable
  account: AccountTable
  membership: MembershipTable
  access_token: AccessTokenTable
  session: SessionTable
  one_time_link: OneTimeLinkTable
  sign_in_attempt: SignInAttemptTable
  repository: RepositoryTable
  repository_alias: RepositoryAliasTable
  ref: RefTable
  git_object: GitObjectTable
  repository_object: RepositoryObjectTable
  blob_digest: BlobDigestTable
  manifest_file: ManifestFileTable
  arriving_object: ArrivingObjectTable
  xorb: XorbTable
  file: FileTable
  repository_file: RepositoryFileTable
  repository_xorb: RepositoryXorbTable
  erasure: ErasureTable
  erased_file: ErasedFileTable
  dedup: DedupTable
  multipart_upload: MultipartUploadTable
  message_out: MessageOutTable
  message_in: MessageInTable
  agreement_draft: AgreementDraftTable
  agreement_contact: AgreementContactTable
  evidence: EvidenceTable
  used_assertion: UsedAssertionTable
  pseudonym: PseudonymTable
  sent_request: SentRequestTable
  access_request: AccessRequestTable
  outgoing_record: OutgoingRecordTable
  card: CardTable
  card_tag: CardTagTable
  setting: SettingTable
}
