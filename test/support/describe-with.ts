import { describe, expect, it } from 'vitest'

import type { Tool } from './tool.ts'

/** Groups tests that need a tool. Where it is absent the group is reported as skipped, by the tool's own sentence. */
export function describeWith<Value>(tool: Tool<Value>, name: string, body: (value: Value) => void): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller's title, a string
  describe(name, () => {
    if (tool.ok) body(tool.value)
    else it.skipIf(!tool.ok)(`skipped: ${tool.why}`, () => expect(tool.ok).toBe(true))
  })
}
