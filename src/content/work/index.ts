export type {
  FilePart,
  HashFileJob,
  HashedFile,
  IngestJob,
  IngestedFile,
  PackedXorb,
  StoredRun,
  VerifyXorbJob,
  WorkerPool,
} from './jobs.ts'
export { createWorkerPool } from './pool.ts'
