import type { XetHash } from '../kernel/names.ts'
import type { Millis } from '../kernel/time.ts'

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

/**
 * Verified chunks of files on their way here, until the file is whole: a node that is killed goes on where it was. What was
 * appended outlives the process, not always the machine; whoever opens it again looks at what is there.
 */
export interface ArrivalStore {
  /** Opens a section of a file, made when it is not there. One opener at a time. */
  open(file: string, section: string): Promise<ArrivalFile>
  /** When anything of a file was last appended; 0 where nothing is. */
  changedAt(file: string): Promise<Millis>
  /** Removes all sections of a file that nobody has open. */
  delete(file: string): Promise<void>
  /** Every file of which something is there. */
  list(): Promise<readonly string[]>
}

/** A section of a file of an {@link ArrivalStore}. */
export interface ArrivalFile extends AsyncDisposable {
  /** Bytes. */
  readonly size: number
  /** Appends, one after the other; resolves to where. */
  append(bytes: Uint8Array): Promise<number>
  /** Fills `into` from `offset` on; false when the file ends before. */
  read(offset: number, into: Uint8Array): Promise<boolean>
  /** Forgets what lies behind `length`. */
  truncate(length: number): Promise<void>
}
