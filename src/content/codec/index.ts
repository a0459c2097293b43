export { loadCodec, type Codec } from './codec.ts'
