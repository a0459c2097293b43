/** Files whose bytes were erased: what revisions still name and nobody is given. */
export { bringBack, eraseBlobs, forbidFile } from './commands.ts'
export { digestAll, digestOf, erasedBlobs, erasureOf, type Naming, repositoriesNaming } from './queries.ts'
