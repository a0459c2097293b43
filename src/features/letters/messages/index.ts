/** What two members tell each other, sealed (docs/spec/messages.md). */
export { createMessageCommands, type MessageCommands } from './commands/index.ts'
export { type KeyDeps, keepKeys } from './commands/keys.ts'
export { type Post, type PostDeps, startPost } from './commands/post.ts'
export { newMessageId, queueMessage } from './commands/send.ts'
export { isSignedBytes, signBytes } from './commands/seal.ts'
export { logMessageEvents, type MessageEvents } from './events.ts'
export { correspondent, messageKeysOf, speakerOf } from './queries.ts'
export * from './types.ts'
