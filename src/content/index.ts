// Large files, one copy of every byte
export { createContent, type ContentDeps } from './content.ts'
export type {
  Body,
  ChunkGathering,
  Content,
  ContentReader,
  DedupScope,
  Erasure,
  ExpectedBody,
  ExpectedFile,
  FetchRange,
  FileRecipe,
  MultipartUpload,
  Problem,
  Reconstruction,
  RegisteredShard,
  SentPart,
  ShardOptions,
  StoredFile,
  Usage,
} from './types.ts'
export { DamagedContent } from './types.ts'

// What may not be used any more
export { forbid } from './commands/forbid.ts'
export {
  COPIES,
  erasureIn,
  erasureOfXet,
  erasuresIn,
  isErasureHere,
  isErasedIn,
  repositoriesIn,
} from './queries/erasures.ts'

// What it needs and what it tells
export { asFarAsReadable } from './queries/doctor.ts'
export { type ContentEvents, logContentEvents } from './events.ts'
export type { ArrivalStore, PartStore, XorbStore } from './ports.ts'

// What it decides
export { FETCH_URL_KEPT, fileErased, MULTIPART_FROM_BYTES } from './rules.ts'
export { createSigner, type Signer } from './settings.ts'
