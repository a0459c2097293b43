// Hashes and their string form
export {
  CHUNK_KEY,
  FILE_KEY,
  HASH_BYTES,
  NODE_KEY,
  VERIFICATION_KEY,
  sha256InShard,
  xetHashBytes,
  xetHashOf,
  type KeyedHash,
} from './hash.ts'
export {
  HashTree,
  fileHash,
  fileHashOf,
  hmacHash,
  verificationHash,
  xorbHash,
  type HashedChunk,
} from './merkle.ts'

// What the database keeps
export {
  CHUNK_ROW_BYTES,
  ChunkTable,
  encodeChunkTable,
  type ChunkRange,
  type ChunkRow,
} from './chunk-table.ts'
export { encodeRecipe, Recipe, recipeHash, RECIPE_ROW_BYTES, type RecipeRow } from './recipe.ts'
export { TERM_BYTES, decodeTerms, encodeTerms, rawLengthOf, type Term } from './terms.ts'

// What travels and lies on disk
export {
  CHUNK_HEADER_BYTES,
  MAX_CHUNKS,
  MAX_CHUNK_RAW_BYTES,
  MAX_CHUNK_STORED_BYTES,
  MAX_XORB_BYTES,
  MAX_XORB_UPLOAD_BYTES,
  SCHEME,
  buildFooter,
  footerLength,
  isFooterAt,
  readChunkHeader,
  writeChunkHeader,
  type ChunkHeader,
  type Scheme,
} from './xorb-format.ts'
export {
  MAX_SHARD_BYTES,
  buildDedupAnswer,
  parseShard,
  type DedupAnswer,
  type Shard,
  type ShardFile,
  type ShardXorb,
} from './shard-format.ts'
export { planReconstruction, type FetchRange, type Reconstruction } from './reconstruction.ts'
