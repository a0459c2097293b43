import type { z } from 'zod'

import { concatBytes } from '../kernel/bytes.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import { fail, succeed, type Result } from '../kernel/result.ts'
import type { RequestContext } from './context.ts'

/** Bytes a JSON body may have unless its route says otherwise. */
export const LARGEST_JSON = 8 * 1024 * 1024

/**
 * The request's body as it arrives. Iterating is the back-pressure. Whoever stops early may still answer: the
 * connection stays open for the refusal.
 */
export function bodyStream(c: RequestContext): AsyncIterable<Uint8Array> {
  if (c.env?.incoming) return c.env.incoming.iterator({ destroyOnReturn: false })
  return c.req.raw.body ?? nothing()
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Reads a JSON body of at most `limit` bytes by its schema: `tooLarge`, `badRequest`, or the first field that is wrong. */
export async function readJson<Schema extends z.ZodType>(
  c: RequestContext,
  schema: Schema,
  limit = LARGEST_JSON,
): Promise<Result<z.infer<Schema>>> {
  const text = await readText(c, limit)
  if (!text.ok) return text
  const json = parseJson(text.value === '' ? '{}' : text.value)
  return json.ok ? matchSchema(json.value, schema) : json
}

/** Checks parsed JSON by its schema. */
export function matchSchema<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
): Result<z.infer<Schema>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return succeed(parsed.data)
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  return fail(failure('invalidField', { field, problem: issue?.message ?? '' }, field))
}

/** Parses JSON text, refusing what is none. */
export function parseJson(text: string): Result<unknown> {
  try {
    return succeed(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return fail(failure('badRequest', { problem: error.message }))
    throw error
  }
}

/** Reads a whole body as text, counting: stops at `limit` bytes. */
export async function readText(c: RequestContext, limit: number): Promise<Result<string>> {
  const bytes = await readBytes(c, limit)
  return bytes.ok ? succeed(Buffer.from(bytes.value).toString('utf8')) : bytes
}

/** Reads a whole body, counting: stops at `limit` bytes. */
export async function readBytes(c: RequestContext, limit: number): Promise<Result<Uint8Array>> {
  if (Number(c.req.header('content-length') ?? 0) > limit) return fail(failure('tooLarge', { limit }))
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of bodyStream(c)) {
    total += part.length
    if (total > limit) return fail(failure('tooLarge', { limit }))
    parts.push(part)
  }
  return succeed(concatBytes(parts))
}

/** Splits a body into lines of at most `longest` bytes. Throws a {@link Refusal} `tooLarge` on a longer one. The last needs no newline. */
export async function* readLines(body: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string> {
  let pending: Uint8Array[] = []
  let length = 0
  const take = (last: Uint8Array): string => {
    const line = Buffer.concat([...pending, last]).toString('utf8')
    pending = []
    length = 0
    return line
  }
  for await (const part of body) {
    let start = 0
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, start)) {
      yield take(part.subarray(start, end))
      start = end + 1
    }
    pending.push(part.subarray(start))
    length += part.length - start
    if (length > longest) throw new Refusal(failure('tooLarge', { limit: longest }))
  }
  const rest = take(new Uint8Array(0))
  if (rest.trim() !== '') yield rest
}
