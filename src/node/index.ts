/** The composition root: features on adapters, surfaces on features. */
export { openNode, type Node, type NodeDeps } from './open-node.ts'
export { wireNode } from './wire-node.ts'
