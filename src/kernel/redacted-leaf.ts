/** A leaf of which nothing is left but its hash. It has no bytes: whoever reads it as text finds none. */
export class RedactedLeaf extends Uint8Array<ArrayBuffer> {
  /** 32 bytes. */
  readonly hash: Uint8Array<ArrayBuffer>

  constructor(hash: Uint8Array) {
    super(new ArrayBuffer(0))
    this.hash = Uint8Array.from(hash)
  }

  /** A part of it is nothing that has a hash. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}

export function isRedacted(leaf: Uint8Array): leaf is RedactedLeaf {
  return leaf instanceof RedactedLeaf
}
