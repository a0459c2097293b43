/** Cards: what publishers write, made safe to show. */
export type { CardSource } from './render.ts'
export { createCardRenderer } from './renderer.ts'
export type { CardRenderer } from './renderer.ts'
