// The tree
export {
  EMPTY_ROOT,
  HASH_BYTES,
  isTreeHash,
  leafHash,
  nodeHash,
  rootOver,
  sha256,
  type TreeHash,
} from './tree-hash.ts'
export {
  appendLeaves,
  decodeEdge,
  emptyEdge,
  encodeEdge,
  partialTile,
  rootOf,
  type FullTile,
  type TreeEdge,
} from './tree.ts'

// What is served
export {
  TILE_WIDTH,
  bundlePath,
  redactedPath,
  parseTilePath,
  tilePath,
  tilesOf,
  widthOf,
  type Tile,
  type TilePath,
} from './tile.ts'
export {
  MAX_BUNDLE_BYTES,
  MAX_LEAF_BYTES,
  decodeBundle,
  decodeRedacted,
  encodeBundle,
  encodeRedacted,
} from './bundle.ts'

export { readEntries } from './served-entries.ts'

// A whole log
export {
  verifyLog,
  type EntryKeys,
  type LogFiles,
  type LogProblem,
  type LogReport,
  type LogUnderCheck,
} from './whole-log.ts'

// Proofs
export {
  MAX_PROOF_HASHES,
  edgeFromTiles,
  proveConsistency,
  proveFork,
  proveInclusion,
  readForkProof,
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
  type TileReader,
} from './proof.ts'
export {
  MAX_PROOF_FILE_BYTES,
  formatProofFile,
  parseProofFile,
  verifyProofFile,
  type ProofFile,
  type ProofFileReason,
  type ProvenEntry,
} from './proof-file.ts'

export {
  MAX_FORK_FILE_BYTES,
  convicts,
  formatForkFile,
  noteFile,
  onlySignedBy,
  parseForkFile,
  type Fork,
} from './fork.ts'
export { FalseTree, openSignedTree, type SignedTree } from './signed-tree.ts'
export { inOrder } from './in-order.ts'

// What is signed
export {
  formatVerifierKey,
  parseVerifierKey,
  verifierKey,
  type KeyType,
  type VerifierKey,
  isMadeBy,
} from './verifier-key.ts'
export { signingKey, type SigningKey } from './signing-key.ts'
export {
  MAX_NOTE_BYTES,
  MAX_SIGNATURES,
  formatNote,
  formatSignature,
  isLineOf,
  openNote,
  parseNote,
  parseSignatures,
  signNote,
  type Note,
  type NoteSignature,
  type OpenedNote,
  type VerifiedSignature,
} from './note.ts'
export { formatCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
export { cosign, cosignatureTime } from './cosignature.ts'
export {
  MAX_WITNESS_REQUEST_BYTES,
  formatWitnessRequest,
  parseWitnessRequest,
  type WitnessRequest,
} from './witness-request.ts'
