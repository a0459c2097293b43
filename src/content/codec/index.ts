export type { Codec } from './codec.ts'
