/** The outcome of something that may be refused: errors as values where the caller must choose. */
export type Result<Value, Reason = import('./failure.ts').Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Reason }

/** A success holding `value`. */
export function succeed<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** A refusal holding the reason. */
export function fail<Reason>(failure: Reason): { readonly ok: false; readonly failure: Reason } {
  return { ok: false, failure }
}
