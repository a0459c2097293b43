import type { ByteRange } from '../kernel/byte-range.ts'

/**
 * Where xorbs' bytes lie. Objects are written once and never change; a location is never reused,
 * so deleting and storing the same xorb again cannot race.
 */
export interface XorbStore {
  /** A path on local disk for staging an incoming upload; on the same file system as the store. The file does not exist yet. */
  stage(): string
  /**
   * Takes a complete, fsynced staged file into the store and returns its location. Durable once resolved.
   * If we stop before it resolves, only a staged file is left, which {@link XorbStore.sweep} removes.
   */
  put(hash: string, stagedPath: string): Promise<string>
  /** Reads `range` of an object's bytes; resolves to exactly `end - start` bytes or throws. */
  read(location: string, range: ByteRange): Promise<Uint8Array>
  /** Size in bytes, or null when the object is missing. */
  size(location: string): Promise<number | null>
  /** A local path from which workers may read the object. */
  path(location: string): string
  delete(location: string): Promise<void>
  /** Every location in the store. */
  list(): AsyncIterable<string>
  /** Removes staged files left by a crash. Call before serving. */
  sweep(): Promise<void>
}
