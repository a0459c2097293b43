/** Git objects as git writes them: ids, trees, commits, tags, and the pointers that stand for large files. */
export { EMPTY_TREE, gitObject, type GitObject, type GitType } from './object.ts'
export { decodeTree, encodeTree, isDirectory, type TreeEntry, type TreeMode } from './tree.ts'
export { editTree, type EditedTree, type TreeEdit } from './edit-tree.ts'
export {
  commitDescription,
  commitTitle,
  decodeCommit,
  encodeCommit,
  type Commit,
  type Signature,
} from './commit.ts'
export { linksOf, type GitLink } from './links.ts'
export {
  BrokenObjectStream,
  encodeErased,
  END_OF_OBJECTS,
  type ErasedBlob,
  objectHeader,
  readObjects,
  type ObjectStreamLimits,
  type ObjectStreamProblem,
  type ReceivedObject,
  type StreamedType,
} from './object-stream.ts'
export { encodeTag, tagTarget, type AnnotatedTag } from './tag.ts'
export { decodePointer, encodePointer, type LfsPointer } from './pointer.ts'
