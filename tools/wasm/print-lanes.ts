/** Prints the generated part of the codec's source. */
import { blake3Lanes } from './blake3-lanes.ts'

console.log(blake3Lanes())
