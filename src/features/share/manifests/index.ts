/** Manifests: every file of a commit with its hashes, derived from the commit whenever somebody asks. */
export { nameManifest, rememberDigests, rememberNames } from './commands.ts'
export { describeFiles, manifestOf } from './queries.ts'
export type { DescribedFiles, ManifestName, TreeFile } from './types.ts'
