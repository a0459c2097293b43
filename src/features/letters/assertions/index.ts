/** What a member's node says of one of its people to another member. */
export { type Asserted, createAssertions, type Assertions } from './commands.ts'
export * from './types.ts'
