/** Following members of other nodes: their logs, what they share, and their bytes. */
export * from './carry/index.ts'
export * from './members/index.ts'
export * from './content/index.ts'
export * from './followers/index.ts'
export * from './repositories/index.ts'
export * from './public-goods/index.ts'
export * from './federation/index.ts'
export * from './associations/index.ts'
