import type { XetHash } from '../kernel/names.ts'

/**
 * Where xorbs' bytes lie. Objects are written once and never change; a location is never reused,
 * so deleting and storing the same xorb again cannot race. `docs/spec/data-folder.md`.
 */
export interface XorbStore extends AsyncDisposable {
  /** A fresh path on local disk for an incoming upload. Nothing is there yet; whoever writes it removes it unless {@link XorbStore.put} took it. */
  stage(): string
  /**
   * Takes a complete staged file into the store and returns its location. Durable once resolved.
   * If we stop before it resolves, what is left is a staged file, which {@link XorbStore.sweep} removes,
   * or an object that no table names, which `Content.recover` removes.
   */
  put(hash: XetHash, stagedPath: string): Promise<string>
  /** Fills `into` from `offset` on. False when the object is missing or ends before; throws on a failing disk. */
  read(location: string, offset: number, into: Uint8Array): Promise<boolean>
  /** Size in bytes, or null when the object is missing. */
  size(location: string): Promise<number | null>
  /** A local path from which workers may read the object. */
  path(location: string): string
  /** Removes an object; one already gone is no error. */
  delete(location: string): Promise<void>
  /** Every location in the store, in no order. */
  list(): AsyncIterable<string>
  /** Removes staged files left by a crash. Call before anything is staged. */
  sweep(): Promise<void>
}

/**
 * Parts of multipart uploads under way, raw, until they are complete. They outlive a restart:
 * a client resumes where it stopped.
 */
export interface PartStore {
  /** Takes a complete staged file as a part; a part of the same name is replaced. Durable once resolved. */
  put(uploadId: string, name: string, stagedPath: string): Promise<void>
  /** Names of the parts held; none for an unknown upload. */
  names(uploadId: string): Promise<readonly string[]>
  /** The bytes of a part that {@link PartStore.names} listed. */
  read(uploadId: string, name: string): AsyncIterable<Uint8Array>
  /** Removes an upload's parts. */
  delete(uploadId: string): Promise<void>
  /** Every upload that has parts. */
  list(): AsyncIterable<string>
}
