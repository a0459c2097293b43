/** What two members tell each other, and what their people may do at the other through it. Nothing of it is in any log. */
export * from './messages/index.ts'
export * from './assertions/index.ts'
export * from './requests/index.ts'
export * from './elsewhere/index.ts'
export * from './moving/index.ts'
