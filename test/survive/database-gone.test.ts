import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { logsOf } from '../support/federation.ts'
import { startNode } from '../support/index.ts'

it('begins no log again whose database is gone, and goes on when it is back', async () => {
  await using node = await startNode()
  const { own } = await logsOf(node)
  await node.kill('SIGTERM')
  const database = join(node.dataFolder, 'ayni.db')
  await rename(database, `${database}.away`)
  const before = (await readdir(node.dataFolder, { recursive: true })).toSorted()
  const said = await node.cli('serve', '--port', '0')
  expect([said.code, said.stdout]).toEqual([1, ''])
  expect(said.stderr).toMatch(/ayni\.db is gone .* newest backup/)
  const other = await node.cli('init', '--handle', 'nairobi', '--name', 'Nairobi', '--admin', 'admin')
  expect(other.code).toBe(1)
  expect((await readdir(node.dataFolder, { recursive: true })).toSorted()).toEqual(before)
  await rename(`${database}.away`, database)
  await node.restart()
  expect((await logsOf(node)).own?.origin).toBe(own?.origin)
})
