/** Fills and returns `length` unpredictable bytes. Only `main.ts` makes a real one. */
export type Random = (length: number) => Uint8Array
