import { createPublicKey, hash, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../kernel/bytes.ts'
import {
  CAPACITY_KINDS,
  INERT_REASONS,
  MAX_DEPTH,
  MAX_LEAF_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_FILES,
  MAX_OBLIGATIONS,
  MAX_OBSERVED_HEADS,
  MAX_REFERENCES,
  MAX_ROUND_MEMBERS,
  MAX_WRITTEN_LEAF_BYTES,
  PublicRecord,
  RECORD_TYPES,
  SECTORS,
  UNITS_OF,
  associationIdOf,
  charterHashOf,
  findPersonalData,
  memberIdOf,
  needsRecoveryQuorum,
  readLeaf,
  readManifest,
  rosterHashOf,
  type RecordLeaf,
} from './index.ts'

const specification = readFileSync(new URL('../../docs/spec/records.md', import.meta.url), 'utf8')
const sections = new Map(
  specification
    .split('\n## ')
    .slice(1)
    .map((section) => [section.split('\n', 1)[0]?.replaceAll('`', '') ?? '', section]),
)

/** The example of a type: the bytes of its block, and the hash stated below it. */
function exampleOf(type: string): { bytes: Uint8Array; stated: string | undefined } {
  const section = sections.get(type) ?? ''
  const [, leaf = '', stated] = /```text\n([^`]+)```\n\nLeaf hash: `([0-9a-f]{64})`/.exec(section) ?? []
  return { bytes: utf8(leaf), stated }
}

function recordOf(type: string): RecordLeaf {
  const leaf = readLeaf(exampleOf(type).bytes)
  if (leaf.kind === 'inert') throw new Error(`the example of ${type} is ${leaf.reason}`)
  return leaf
}

/** Checks the signature line as C2SP signed-note says, by this test's own reading of it. */
function isSignedBy(line: string, name: string, key: string, text: string): boolean {
  const publicKey = Buffer.from(key, 'base64')
  const bytes = Buffer.from(line.slice(`— ${name} `.length), 'base64')
  const id = hash('sha256', concatBytes([utf8(`${name}\n`), Uint8Array.of(1), publicKey]), 'buffer').subarray(
    0,
    4,
  )
  const object = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  })
  const isNamed = line.startsWith(`— ${name} `) && bytes.subarray(0, 4).equals(id)
  return isNamed && verify(null, utf8(text), object, bytes.subarray(4))
}

/** How many of the names have signed the leaf, each with its own key. */
function countSigners(leaf: Uint8Array, keys: Readonly<Record<string, string>>): number {
  const [text = '', signatures = ''] = Buffer.from(leaf).toString().split('\n\n')
  const lines = signatures.trimEnd().split('\n')
  return Object.entries(keys).filter(([name, key]) =>
    lines.some((line) => isSignedBy(line, name, key, `${text}\n`)),
  ).length
}

function genesisKeys() {
  const { record } = recordOf('member-genesis/1')
  if (record.type !== 'member-genesis/1') throw new Error('unreachable: the example was read as this type')
  const { log, witness, recovery } = record.body
  const quorum = Object.fromEntries(recovery.keys.map((key, index) => [`recovery-${index + 1}`, key]))
  return { log, witness, quorum, threshold: recovery.threshold }
}

describe.each(RECORD_TYPES)('the specification of %s', (type) => {
  it('has an example that is a record of this type, with its leaf hash', () => {
    const { bytes, stated } = exampleOf(type)
    const leaf = recordOf(type)
    expect(leaf.record.type).toBe(type)
    expect(leaf.isSigned).toBe(needsRecoveryQuorum(type))
    expect(hash('sha256', concatBytes([Uint8Array.of(0), bytes]), 'hex')).toBe(stated)
    expect(findPersonalData(leaf.record)).toEqual([])
  })

  it('has a row for every member of the body', () => {
    const rows = sections.get(type)?.match(/^\| `.*$/gm) ?? []
    const named = new Set(
      rows
        .join(' ')
        .match(/`[\w.[\]]+`/g)
        ?.map((name) => name.replaceAll(/`|\..*|\[.*/g, '')),
    )
    const { record } = recordOf(type)
    for (const name of Object.keys(record.body)) expect(named).toContain(name)
  })
})

describe('the specification', () => {
  it('names the reasons, in the order in which they are found', () => {
    const rows = sections.get('Inert leaves')?.matchAll(/^\| `(\w+)`/gm) ?? []
    expect(Array.from(rows, ([, reason]) => reason)).toEqual([...INERT_REASONS])
  })

  it.each([
    ['Leaf', MAX_LEAF_BYTES],
    ['Leaf', MAX_WRITTEN_LEAF_BYTES],
    ['Leaf', MAX_REFERENCES],
    ['Leaf', MAX_DEPTH],
    ['Inert leaves', MAX_LEAF_BYTES],
    ['log-observed/1', MAX_OBSERVED_HEADS],
    ['repository-revision/1', MAX_MANIFEST_BYTES],
    ['repository-revision/1', MAX_MANIFEST_FILES],
    ['matching-round/1', MAX_ROUND_MEMBERS],
    ['matching-result/1', MAX_ROUND_MEMBERS],
    ['agreement/1', MAX_OBLIGATIONS],
  ])('of %s states the limit %d', (section, limit) => {
    expect(sections.get(section)).toContain(limit.toLocaleString('en'))
  })

  it('shows a leaf at its head', () => {
    const [, leaf = ''] = /```text\n([^`]+)```/.exec(sections.get('Leaf') ?? '') ?? []
    expect(readLeaf(utf8(leaf)).kind).toBe('record')
  })

  it('gives the id of the member that its example begins', () => {
    const [, stated] = /id is `(m\w+)`/.exec(specification) ?? []
    expect(memberIdOf(exampleOf('member-genesis/1').bytes)).toBe(stated)
  })

  it('gives the ids that its charter and its roster have', () => {
    const charter = recordOf('association-charter/1')
    const roster = recordOf('association-roster/1').record
    const endorsement = recordOf('association-endorse/1').record
    if (roster.type !== 'association-roster/1') throw new Error('unreachable: it was read as this type')
    expect(sections.get('association-charter/1')).toContain(charterHashOf(charter.record.body))
    expect(roster.body).toMatchObject({
      association: associationIdOf(charter.record.body),
      previous: charterHashOf(charter.record.body),
    })
    expect(endorsement.body).toMatchObject({ roster: rosterHashOf(roster.body) })
  })

  it('has a need, an offer and what became of them, each naming the one before by its leaf hash', () => {
    const named = (type: string) => exampleOf(type).stated
    const bodyOf = (type: string) => recordOf(type).record.body
    expect(bodyOf('offer/1')).toMatchObject({
      pledge: { leaf: named('pledge/1') },
      reserves: [{ group: { leaf: named('country-group/1') } }],
    })
    expect(bodyOf('matching-result/1')).toMatchObject({ round: { leaf: named('matching-round/1') } })
    expect(bodyOf('agreement/1')).toMatchObject({
      result: { leaf: named('matching-result/1') },
      obligations: [{ need: { leaf: named('need/1') }, offer: { leaf: named('offer/1') } }, {}],
    })
    for (const type of ['agreement-signature/1', 'delivery/1', 'agreement-end/1'])
      expect(bodyOf(type)).toMatchObject({ agreement: { leaf: named('agreement/1') } })
    expect(bodyOf('delivery-verdict/1')).toMatchObject({ delivery: { leaf: named('delivery/1') } })
  })

  it('lists kinds with their units, and sectors', () => {
    const section = sections.get('Needs, offers, agreements') ?? ''
    for (const kind of CAPACITY_KINDS) {
      const [row = ''] = section.match(new RegExp(`^\\| \`${kind}\` .*$`, 'm')) ?? []
      expect(row.match(/`[a-z-]+`/g)).toEqual([kind, ...UNITS_OF[kind]].map((word) => `\`${word}\``))
    }
    for (const sector of SECTORS) expect(section).toContain(`\`${sector}\``)
  })

  it('has a genesis signed in every role, and a quorum under what needs one', () => {
    const { log, witness, quorum, threshold } = genesisKeys()
    const genesis = exampleOf('member-genesis/1').bytes
    expect(countSigners(genesis, { log, witness })).toBe(2)
    for (const type of RECORD_TYPES.filter(needsRecoveryQuorum)) {
      expect(countSigners(exampleOf(type).bytes, quorum)).toBe(threshold)
    }
  })

  it('has evidence of a fork: two roots of one size, both signed by the log', () => {
    const { record } = recordOf('log-fork/1')
    if (record.type !== 'log-fork/1') throw new Error('unreachable: the example was read as this type')
    const notes = [record.body.first, record.body.second]
    const heads = notes.map((note) => note.split('\n', 3))
    const [origin = '', size] = heads[0] ?? []
    expect(heads.map((head) => head.slice(0, 2))).toEqual([
      [origin, size],
      [origin, size],
    ])
    expect(new Set(heads.map(([, , root]) => root)).size).toBe(2)
    for (const note of notes) expect(countSigners(utf8(note), { [origin]: genesisKeys().log })).toBe(1)
  })

  it('has the manifest that its revision names', () => {
    const [, manifest = ''] = /```text\n(\{"files".*)\n```/.exec(specification) ?? []
    const { record } = recordOf('repository-revision/1')
    const named = PublicRecord.parse(record).body
    expect(named).toMatchObject({
      manifest: { sha256: hash('sha256', manifest), size: utf8(manifest).length },
    })
    expect(readManifest(utf8(manifest))).toMatchObject({ ok: true, value: { files: [{}, {}] } })
  })
})
