import { randomBytes } from 'node:crypto'

import { expect, it } from 'vitest'

import { heldLog } from '../../test/support/logs.ts'
import { utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { keepCosignatures } from './commands/keep-cosignatures.ts'
import { makeGenesis } from './identity/genesis.ts'
import { openLog } from './index.ts'
import { enough, witnessName } from './rules.ts'
import { formatCheckpoint, leafHash, type Note, parseNote, signingKey, signNote } from './tlog/index.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const LOG = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(LOG.memberId, 0)
const KEY = signingKey(ORIGIN, 1, LOG.keys.log)
const WITNESSES = Array.from({ length: 10 }, () => makeGenesis({ random, now: 0 }))

const textOf = (what: string) => formatCheckpoint({ origin: ORIGIN, size: 9, root: leafHash(utf8(what)) })

/** The line with which a witness vouches for a text; by a key that is not its own where it is told so. */
function lineOf(number: number, text: string, seed?: Uint8Array): Note['signatures'][number] {
  const witness = WITNESSES[number]
  if (!witness) throw new Error('there are ten')
  const key = signingKey(witnessName(witness.memberId), 4, seed ?? witness.keys.witness)
  const [line] = parseNote(utf8(signNote(text, [key], 5)))?.signatures ?? []
  if (!line) throw new Error('no line')
  return line
}

function noteOf(text: string, lines: Note['signatures']): Note {
  const note = parseNote(utf8(signNote(text, [KEY])))
  if (!note) throw new Error('no note')
  return { text, signatures: [...note.signatures, ...lines] }
}

/** Ten followers whose logs are held here, and which of them are counted for a note. */
async function counted(note: Note): Promise<number> {
  await using held = await heldLog({ memberId: LOG.memberId, leaf: LOG.leaf })
  const { database } = held
  await database.write(async (tx) => {
    for (const { memberId: id, leaf } of WITNESSES) {
      const row = {
        id,
        handle: id.slice(0, 8),
        display_name: '',
        url: null,
        created_at: 0,
        hosted: 0 as const,
      }
      await tx.insertInto('member').values(row).execute()
      await openLog(tx, { memberId: id, leaf, role: 'held' })
    }
  })
  await keepCosignatures(database, { origin: ORIGIN }, note, 9)
  return (await database.read.selectFrom('cosignature').select('signer').execute()).length
}

const SEVEN = [0, 1, 2, 3, 4, 5, 6]

it('seven of ten witnesses are enough, though one is dead and two lie', async () => {
  const text = textOf('what the log says')
  const lies = [lineOf(7, textOf('another history')), lineOf(8, text, random(32))]
  const lines = [...lies, ...SEVEN.map((number) => lineOf(number, text))]
  expect(await counted(noteOf(text, lines))).toBe(7)
  expect(enough(10)).toBe(7)
})

it('three that vouch for two histories cannot make both of them enough', async () => {
  const both = [7, 8, 9]
  const votes = await Promise.all(
    [SEVEN.slice(0, 4), SEVEN.slice(4)].map((honest, number) => {
      const text = textOf(`history ${number}`)
      return counted(
        noteOf(
          text,
          [...honest, ...both].map((each) => lineOf(each, text)),
        ),
      )
    }),
  )
  expect(votes).toEqual([7, 6])
  expect(votes.filter((count) => count >= enough(10))).toHaveLength(1)
})

it('a witness that vouches twice in one note is counted once', async () => {
  const text = textOf('what the log says')
  expect(await counted(noteOf(text, [lineOf(0, text), lineOf(0, text), lineOf(1, text)]))).toBe(2)
})
