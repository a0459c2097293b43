/**
 * The closed set of expected failures: one table from reason to HTTP status and the
 * `X-Error-Code` that Hugging Face clients act on. The sentence a person reads is the
 * catalogue entry `failure.<reason>` in each of the six languages; `detail` fills it.
 */
export const FAILURES = {
  // who asks
  signInRequired: { status: 401, code: 'RepoNotFound' },
  invalidCredentials: { status: 401, code: null },
  wrongPassword: { status: 401, code: null },
  tooManyAttempts: { status: 429, code: null },
  forbidden: { status: 403, code: null },
  crossSiteRequest: { status: 403, code: null },
  invalidAssertion: { status: 401, code: null },
  assertionExpired: { status: 401, code: null },
  readOnlyToken: { status: 403, code: null },
  readOnlyCopy: { status: 403, code: null },
  notCosigned: { status: 403, code: null },
  // what is asked for
  repositoryNotFound: { status: 404, code: 'RepoNotFound' },
  repositoryHidden: { status: 401, code: 'RepoNotFound' },
  gatedSignedOut: { status: 401, code: 'GatedRepo' },
  gated: { status: 403, code: 'GatedRepo' },
  revisionNotFound: { status: 404, code: 'RevisionNotFound' },
  entryNotFound: { status: 404, code: 'EntryNotFound' },
  accountNotFound: { status: 404, code: null },
  homeNotKnown: { status: 404, code: null },
  requestNotFound: { status: 404, code: null },
  messageNotFound: { status: 404, code: null },
  notFollowed: { status: 404, code: null },
  memberNotFound: { status: 404, code: null },
  associationNotFound: { status: 404, code: null },
  agreementNotFound: { status: 404, code: null },
  draftNotFound: { status: 404, code: null },
  deliveryNotFound: { status: 404, code: null },
  memberUnknown: { status: 404, code: null },
  recordNotFound: { status: 404, code: null },
  statementNotFound: { status: 404, code: null },
  groupNotFound: { status: 404, code: null },
  statementDraftNotFound: { status: 404, code: null },
  recordRedacted: { status: 451, code: null },
  fileErased: { status: 451, code: 'FileErased' },
  pageNotFound: { status: 404, code: null },
  contentNotFound: { status: 404, code: null },
  linkExpired: { status: 403, code: null },
  transferExpired: { status: 403, code: null },
  // what is sent
  badRequest: { status: 400, code: null },
  invalidName: { status: 400, code: null },
  invalidPath: { status: 422, code: null },
  pathConflict: { status: 422, code: null },
  invalidField: { status: 400, code: null },
  invalidAmount: { status: 400, code: null },
  noCondition: { status: 400, code: null },
  noKindChosen: { status: 400, code: null },
  invalidExpand: { status: 400, code: null },
  invalidCard: { status: 400, code: null },
  personalData: { status: 422, code: null },
  unknownOperation: { status: 400, code: null },
  tooLarge: { status: 413, code: null },
  tooManyFiles: { status: 413, code: null },
  accessNotNeeded: { status: 409, code: null },
  alreadyAsked: { status: 409, code: null },
  alreadyGranted: { status: 409, code: null },
  senderNotFollowed: { status: 403, code: null },
  messageNotBelieved: { status: 403, code: null },
  messageUntimely: { status: 409, code: null },
  messageNotOpened: { status: 409, code: null },
  messageNotUnderstood: { status: 422, code: null },
  tooManyMessages: { status: 429, code: null },
  nameTaken: { status: 409, code: null },
  repositoryExists: { status: 409, code: null },
  referenceExists: { status: 409, code: null },
  defaultBranch: { status: 400, code: null },
  branchMoved: { status: 412, code: null },
  alreadySetUp: { status: 409, code: null },
  weakPassword: { status: 400, code: null },
  notConfirmed: { status: 400, code: null },
  notSetUp: { status: 409, code: null },
  accountInUse: { status: 409, code: null },
  ownMember: { status: 409, code: null },
  alreadyFollowed: { status: 409, code: null },
  notPublic: { status: 409, code: null },
  localNamespace: { status: 409, code: null },
  otherMember: { status: 409, code: null },
  logBehind: { status: 409, code: null },
  tooManyFollowers: { status: 409, code: null },
  logStale: { status: 409, code: null },
  associationNotOpen: { status: 409, code: null },
  notInAssociation: { status: 409, code: null },
  notConvener: { status: 409, code: null },
  notSigned: { status: 409, code: null },
  alreadySaid: { status: 409, code: null },
  notEntitled: { status: 409, code: null },
  agreementNotRunning: { status: 409, code: null },
  notAllAccepted: { status: 409, code: null },
  notReachable: { status: 409, code: null },
  tooManyDrafts: { status: 409, code: null },
  evidenceNotHere: { status: 409, code: null },
  notOpen: { status: 409, code: null },
  tooManyStatementDrafts: { status: 409, code: null },
  notRetractable: { status: 409, code: null },
  notRedactable: { status: 409, code: null },
  fileNotNamed: { status: 404, code: null },
  matchMalformed: { status: 422, code: null },
  matchTooLarge: { status: 413, code: null },
  matchTooMany: { status: 422, code: null },
  matchDuplicate: { status: 422, code: null },
  matchUnit: { status: 422, code: null },
  matchAmount: { status: 422, code: null },
  matchPart: { status: 422, code: null },
  matchGroup: { status: 422, code: null },
  matchGroupCycle: { status: 422, code: null },
  matchInstitution: { status: 422, code: null },
  matchMinimum: { status: 422, code: null },
  matchReserves: { status: 422, code: null },
  matchWindow: { status: 422, code: null },
  nothingProposed: { status: 409, code: null },
  earlierListFirst: { status: 409, code: null },
  roundNotOver: { status: 409, code: null },
  handleTaken: { status: 409, code: null },
  logForked: { status: 409, code: null },
  logFrozen: { status: 409, code: null },
  logContinued: { status: 409, code: null },
  nothingSigned: { status: 409, code: null },
  recoveryKeyMistyped: { status: 400, code: null },
  recoveryKeyForeign: { status: 400, code: null },
  recoveryKeysTooFew: { status: 400, code: null },
  logExists: { status: 409, code: null },
  lastOperator: { status: 409, code: null },
  lastAdministrator: { status: 409, code: null },
  noNodeThere: { status: 422, code: null },
  logNotBelieved: { status: 422, code: null },
  noAddress: { status: 409, code: null },
  noCarryThere: { status: 422, code: null },
  carryNotBelieved: { status: 422, code: null },
  carryKeyGivenUp: { status: 422, code: null },
  carryMissing: { status: 409, code: null },
  carryIncomplete: { status: 422, code: null },
  carryOlder: { status: 409, code: null },
  memberStays: { status: 409, code: null },
  noMemberMoves: { status: 422, code: null },
  wrongPassphrase: { status: 422, code: null },
  carryTooSmall: { status: 400, code: null },
  recordsWait: { status: 409, code: null },
  missingContent: { status: 400, code: null },
  missingXorb: { status: 400, code: null },
  hashMismatch: { status: 400, code: null },
  sizeMismatch: { status: 400, code: null },
  invalidXorb: { status: 400, code: null },
  invalidShard: { status: 400, code: null },
  rangeNotSatisfiable: { status: 416, code: null },
  tokenExpired: { status: 401, code: null },
  // what the node cannot do
  notBuilt: { status: 501, code: null },
  damagedContent: { status: 410, code: null },
  notWritten: { status: 503, code: null },
  storageFull: { status: 507, code: null },
  // what another machine did, see `FetchFailure`
  unusableAddress: { status: 400, code: null },
  refusedAddress: { status: 400, code: null },
  refusedRedirect: { status: 502, code: null },
  hostNotFound: { status: 502, code: null },
  hostNotReached: { status: 502, code: null },
  hostTooSlow: { status: 504, code: null },
  hostAnswerTooLarge: { status: 502, code: null },
  hostAnswerBroken: { status: 502, code: null },
  hostBusy: { status: 503, code: null },
  hostPaused: { status: 503, code: null },
  overQuota: { status: 503, code: null },
  sourceLacks: { status: 502, code: null },
  sourceLied: { status: 502, code: null },
  manifestMismatch: { status: 502, code: null },
  // what the data folder is
  dataFolderInUse: { status: 409, code: null },
  dataFolderNewer: { status: 409, code: null },
  dataFolderForeign: { status: 409, code: null },
  databaseGone: { status: 409, code: null },
  databaseUnreadable: { status: 409, code: null },
} as const satisfies Record<string, { status: number; code: string | null }>

/** Why something expected was refused. */
export type Reason = keyof typeof FAILURES

/** An expected failure: why, which input field, and the values its sentence names. */
export interface Failure {
  readonly reason: Reason
  /** The offending input field, path or operation, as the sender named it. */
  readonly field?: string
  /** Placeholders of the catalogue sentence `failure.<reason>`. */
  readonly detail?: Readonly<Record<string, string | number>>
}

/** Builds a failure; short form for the many places that refuse. */
export function failure(reason: Reason, detail?: Failure['detail'], field?: string): Failure {
  return { reason, ...(detail && { detail }), ...(field !== undefined && { field }) }
}

/**
 * Carries a {@link Failure} through code that cannot return one (a stream, a transaction callback
 * that must roll back). Caught once, at the edge or around the transaction.
 */
export class Refusal extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.reason)
    this.name = 'Refusal'
    this.failure = failure
  }
}
