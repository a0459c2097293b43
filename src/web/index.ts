/** The pages of a node. */
export type * from './deps.ts'
export { createCardRenderer } from './card/index.ts'
export { createSite } from './site.tsx'
