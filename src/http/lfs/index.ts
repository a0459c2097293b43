/** The LFS door: the batch API of git-lfs and Hugging Face's clients, and the transfers it points to. */
export { lfsBatchRoutes, type LfsDeps } from './batch-routes.ts'
export { lfsTransferRoutes, type LfsTransferDeps } from './transfer-routes.ts'
