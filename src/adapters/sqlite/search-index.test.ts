import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sql } from 'kysely'
import { expect, it } from 'vitest'

import type { Database } from '../../database/index.ts'
import { openSqlite } from './index.ts'

async function emptyDatabase(): Promise<AsyncDisposable & { database: Database; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ayni-search-'))
  const path = join(folder, 'node.sqlite')
  const database = openSqlite(path)
  await database.write(async (tx) => {
    await sql`insert into member (id, handle, display_name, created_at, hosted)
      values ('m', 'nairobi', 'Nairobi', 0, 1)`.execute(tx)
    for (const id of ['a', 'b', 'c'])
      await sql`insert into repository values
        (${id}, 'm', 'model', 'nairobi', ${id}, ${`nairobi/${id}`}, 'public', 'no', 0, 0, 0, 0)`.execute(tx)
  })
  return {
    database,
    path,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

function put(database: Database, id: string, name: string, text: string): Promise<void> {
  return database.write((tx) => database.search.put(tx, id, { name, text }))
}

function match(database: Database, ...groups: string[][]): Promise<readonly string[]> {
  return database.search.match(database.read, groups, 10)
}

it('finds what holds every group, whichever alternative holds it', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', 'asr', 'speech swahili')
  await put(node.database, 'b', 'tts', 'speech arabic')
  expect(await match(node.database, ['speech'], ['swahili', 'kiswahili'])).toEqual(['a'])
  expect((await match(node.database, ['speech'])).toSorted()).toEqual(['a', 'b'])
  expect(await match(node.database, ['speech'], ['chinese'])).toEqual([])
})

it('ranks a hit in the name above many in the text', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', 'other', 'speech speech speech and more')
  await put(node.database, 'b', 'speech', 'a model')
  expect(await match(node.database, ['speech'])).toEqual(['b', 'a'])
})

it('matches prefixes only where they are asked for', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', 'translation', '')
  expect(await match(node.database, ['transl'])).toEqual([])
  expect(await match(node.database, ['transl*'])).toEqual(['a'])
})

it('keeps letters of any age whole', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', '', '𞤆𞤵𞤤𞤢𞤪 机器 翻译 النموذج')
  for (const word of ['𞤆𞤵𞤤𞤢𞤪', '机器', 'النموذج']) expect(await match(node.database, [word])).toEqual(['a'])
  expect(await match(node.database, ['机'])).toEqual([])
})

it('takes quotes and operators as letters, not as syntax', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', '', 'speech')
  for (const hostile of ['"', '" OR "speech', 'NOT', 'name:', '^', '*', '(', '-'])
    expect(await match(node.database, [hostile])).toEqual([])
  expect(await match(node.database)).toEqual([])
})

it('forgets what was replaced, removed, or went with its repository', async () => {
  await using node = await emptyDatabase()
  await put(node.database, 'a', 'first', '')
  await put(node.database, 'a', 'second', '')
  await put(node.database, 'b', 'second', '')
  await put(node.database, 'c', 'second', '')
  expect(await match(node.database, ['first'])).toEqual([])
  await node.database.write((tx) => node.database.search.remove(tx, 'b'))
  await node.database.write((tx) => tx.deleteFrom('repository').where('id', '=', 'c').execute())
  expect(await match(node.database, ['second'])).toEqual(['a'])
  const { rows } = await sql<{ count: number }>`select count(*) as count from catalogue_search`.execute(
    node.database.read,
  )
  expect(rows).toEqual([{ count: 1 }])
})

it('leaves nothing of a text that was taken out, once the database is scrubbed', async () => {
  await using held = await emptyDatabase()
  const { database, path } = held
  await put(database, 'a', 'a', 'zqforbiddenzq words')
  await put(database, 'b', 'b', 'other words')
  await put(database, 'a', 'a', 'words')
  await database.scrub()
  expect((await readFile(path)).includes('zqforbiddenzq')).toBe(false)
  expect(await database.search.match(database.read, [['words']], 10)).toHaveLength(2)
})
