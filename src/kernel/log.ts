/** A structured log: one line an event. Fields are facts: never secrets, never bodies. pino is one. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
