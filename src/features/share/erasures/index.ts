/** Files whose bytes were erased: what revisions still name and nobody is given. */
export { bringBack, eraseBlobs, forbidFile, takeErased } from './commands.ts'
export {
  digestAll,
  digestOf,
  erasedBlobs,
  erasedOf,
  erasureOf,
  type Naming,
  repositoriesNaming,
} from './queries.ts'
