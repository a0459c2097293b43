/** Administering a node: one table of commands, in this process while the node is stopped, over its socket while it runs. */
export { type Admin, createAdmin, directChannel } from './admin.ts'
export { connectToAdmin, listenForAdmin } from './socket.ts'
export type { ShownAgreement, ShownDelivery, ShownDraft } from './agreements.ts'
export type { FollowedMember, ShownAssociation } from './associations.ts'
export type { ShownRound } from './rounds.ts'
export type { ShownStatement } from './needs.ts'
