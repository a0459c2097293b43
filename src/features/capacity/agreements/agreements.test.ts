import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { testNode } from '../../../../test/support/test-node.ts'
import { GitOid, MemberId, Name, RepositoryId, RepositoryPath } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { type AgreementMessage, MessageId } from '../../letters/index.ts'
import { evidenceOpener } from './commands/evidence.ts'
import type { AgreementDraft, AssessedAgreement, NamedFile } from './index.ts'
import { knownEvidence } from './queries.ts'

const never = new AbortController().signal
const days = { from: '2026-11-01', until: '2026-11-30' }
const newId = () => MessageId.parse(randomBytes(16).toString('hex'))

function value<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Error(`${result.failure.reason} ${result.failure.field ?? ''}`)
}
const reasonOf = async (result: Promise<Result<unknown>>) => {
  const settled = await result
  return settled.ok ? 'done' : settled.failure.reason
}

function draft(change: Partial<AgreementDraft> = {}): AgreementDraft {
  return {
    with: 'kisumu',
    title: 'Speech for two languages',
    description: 'Hours for training, and the weights for everybody.',
    language: 'en',
    obligations: [
      { by: 'nairobi', kind: 'compute', unit: 'gpu-hour', amount: 100, text: 'Hours.', due: '2026-12-01' },
      {
        by: 'kisumu',
        kind: 'model-adaptation',
        unit: 'model',
        amount: 1,
        text: 'Weights.',
        due: '2026-12-20',
      },
    ],
    from: '2026-11-01',
    until: '2026-12-31',
    country: 'KE',
    sector: 'language',
    ...change,
  }
}

/** A node that hosts nairobi and kisumu, and knows a stranger whom it does not follow. */
async function open() {
  const test = await testNode()
  const { node } = test
  const { agreements } = node.capacity
  value(
    await node.accounts.addMember(
      { kind: 'console' },
      { handle: 'kisumu' as never, displayName: 'Kisumu', owner: Name.parse('admin'), url: null },
    ),
  )
  const stranger = (await node.logs.found()).memberId
  await node.database.write((tx) =>
    tx
      .insertInto('member')
      .values({ id: stranger, handle: 'other', display_name: '', url: null, created_at: 0, hosted: 0 })
      .execute(),
  )
  const idOf = async (handle: string) =>
    MemberId.parse((await node.accounts.members()).find((each) => each.handle === handle)?.id)
  const [nairobi, kisumu] = [await idOf('nairobi'), await idOf('kisumu')]

  /** What holds once the logs have taken up what was said. */
  async function until(id: string, holds: (agreement: AssessedAgreement) => boolean) {
    for (;;) {
      const found = await agreements.show(id)
      if (found.ok && holds(found.value)) return found.value
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  async function signed(): Promise<string> {
    const id = value(await agreements.propose('nairobi', draft()))
    await until(id, ({ state }) => state === 'proposed')
    value(await agreements.answer('kisumu', id, 'sign'))
    await until(id, ({ state }) => state === 'active')
    return id
  }
  const hear = (from: MemberId, to: MemberId, message: AgreementMessage) =>
    node.database.write((tx) => agreements.hear(tx, { from, to }, message))
  return { ...test, agreements, nairobi, kisumu, stranger, until, signed, hear }
}
type Scene = Awaited<ReturnType<typeof open>>

/** A public data set of nairobi with these files. */
async function publish(scene: Scene, files: Readonly<Record<string, string>>, name = 'evidence') {
  const headers = { 'content-type': 'application/json' }
  const repository = { name, organization: 'nairobi', type: 'dataset' }
  await scene.fetch('/api/repos/create', { method: 'POST', headers, body: JSON.stringify(repository) })
  const lines = [
    { key: 'header', value: { summary: 'Add evidence' } },
    ...Object.entries(files).map(([path, content]) => ({ key: 'file', value: { path, content } })),
  ]
  const answered = await scene.fetch(`/api/datasets/nairobi/${name}/commit/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  const { commitOid } = (await answered.json()) as { commitOid: string }
  return (path: string, format: NamedFile['format'] = 'csv', revision = commitOid) => ({
    repository: RepositoryId.parse(`nairobi/${name}`),
    repositoryKind: 'dataset' as const,
    revision,
    path: RepositoryPath.parse(path),
    format,
  })
}

describe('an agreement of two members', () => {
  it('is drafted, sent, changed, signed, delivered, accepted and closed', async () => {
    await using scene = await open()
    const { agreements, nairobi, kisumu, until } = scene
    const id = value(await agreements.keepDraft('nairobi', draft()))
    value(await agreements.sendDraft('nairobi', id, 'What do you think?'))
    const [received] = await agreements.drafts([kisumu])
    expect(received).toMatchObject({ id, otherId: nairobi, state: 'received', note: 'What do you think?' })

    const changed = draft({ with: 'nairobi', title: 'Speech for three languages' })
    const counter = value(await agreements.keepDraft('kisumu', changed, id))
    expect(counter).not.toBe(id)
    value(await agreements.sendDraft('kisumu', counter, ''))
    expect((await agreements.drafts([nairobi])).map(({ state }) => state)).toEqual(['received', 'sent'])

    const agreement = value(await agreements.proposeDraft('nairobi', counter))
    expect((await until(agreement, () => true)).body).toMatchObject({
      title: 'Speech for three languages',
      parties: [nairobi, kisumu],
    })
    expect(await reasonOf(agreements.answer('nairobi', agreement, 'sign'))).toBe('notEntitled')
    expect(await reasonOf(agreements.sendContact('nairobi', agreement, '+254 …'))).toBe('agreementNotRunning')
    value(await agreements.answer('kisumu', agreement, 'sign'))
    expect(await reasonOf(agreements.answer('kisumu', agreement, 'decline'))).toBe('alreadySaid')
    await until(agreement, ({ isSigned }) => isSigned)

    value(await agreements.sendContact('nairobi', agreement, 'Amina, amina@example.org'))
    for (const holder of ['nairobi', 'kisumu'])
      expect(value(await agreements.contacts(holder, agreement))).toMatchObject([
        { of: nairobi, contact: 'Amina, amina@example.org' },
      ])

    const at = await publish(scene, {
      'november.csv': 'unit,amount,day\ngpu-hour,70.5,2026-11-02\ngpu-hour,99,2026-12-01\n',
    })
    const evidence = [value(await agreements.evidenceOf(at('november.csv')))]
    const words = { obligation: 0, amount: 100, ...days, evidence }
    expect(await reasonOf(agreements.deliver('kisumu', agreement, words))).toBe('notEntitled')
    const delivery = value(await agreements.deliver('nairobi', agreement, words))
    const delivered = await until(agreement, ({ obligations }) => (obligations[0]?.delivered ?? 0n) > 0n)
    expect(delivered.obligations[0]).toMatchObject({ delivered: 70n, claimed: 30n })
    expect(await reasonOf(agreements.deliver('nairobi', agreement, words))).toBe('alreadySaid')

    expect(await reasonOf(agreements.judge('nairobi', delivery, { verdict: 'accepted' }))).toBe('notEntitled')
    value(await agreements.judge('kisumu', delivery, { verdict: 'disputed', reason: 'Thirty are missing.' }))
    await until(agreement, ({ state }) => state === 'disputed')
    value(await agreements.judge('kisumu', delivery, { verdict: 'accepted' }))
    await until(agreement, ({ state }) => state === 'active')

    expect(await reasonOf(agreements.end('nairobi', agreement, { end: 'closed' }))).toBe('notAllAccepted')
    expect(await reasonOf(agreements.end('nairobi', agreement, { end: 'cancelled' }))).toBe('invalidField')
    const model = value(
      await agreements.deliver('kisumu', agreement, {
        obligation: 1,
        amount: 1,
        ...days,
        note: 'On a disk.',
      }),
    )
    await until(agreement, ({ obligations }) => obligations[1]?.claimed === 1n)
    value(await agreements.judge('nairobi', model, { verdict: 'accepted' }))
    await until(agreement, ({ obligations }) => obligations[1]?.acknowledged === 1n)
    value(await agreements.end('kisumu', agreement, { end: 'closed' }))
    await until(agreement, ({ state }) => state === 'closed')
    expect(await reasonOf(agreements.end('nairobi', agreement, { end: 'closed' }))).toBe('alreadySaid')
  })

  it('is not drafted with somebody unknown, about what is unknown, or with the name of a person', async () => {
    await using scene = await open()
    const { agreements } = scene
    const [obligation] = draft().obligations
    if (!obligation) throw new Error('there are two')
    const attempts = {
      memberUnknown: draft({ with: 'nobody' }),
      invalidField: draft({ obligations: [{ ...obligation, by: 'other' }] }),
      personalData: draft({ description: 'Ask amina@example.org.' }),
    }
    for (const [reason, given] of Object.entries(attempts)) {
      expect(await reasonOf(agreements.preview('nairobi', given))).toBe(reason)
      expect(await reasonOf(agreements.keepDraft('nairobi', given))).toBe(reason)
    }
    const foreign = value(
      await agreements.keepDraft('nairobi', draft({ with: 'other', obligations: [obligation] })),
    )
    expect(await reasonOf(agreements.sendDraft('nairobi', foreign, ''))).toBe('notReachable')
    expect(await reasonOf(agreements.sendDraft('kisumu', foreign, ''))).toBe('draftNotFound')
  })
})

describe('evidence', () => {
  it('is a file of a public repository, or nothing', async () => {
    await using scene = await open()
    const { agreements } = scene
    const at = await publish(scene, { 'seats.txt': 'a'.repeat(64), 'folder/x.csv': 'unit,amount\n' })
    expect((await agreements.evidenceOf(at('seats.txt', 'digests'))).ok).toBe(true)
    for (const place of [
      at('folder'),
      at('nothing'),
      at('seats.txt', 'digests', 'a'.repeat(40)),
      at('seats.txt', 'digests', 'no-branch'),
      { ...at('seats.txt'), repository: RepositoryId.parse('nairobi/none') },
    ])
      expect(await reasonOf(agreements.evidenceOf(place))).toBe('evidenceNotHere')
    await scene.fetch('/api/datasets/nairobi/evidence/settings', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ private: true }),
    })
    expect(await reasonOf(agreements.evidenceOf(at('seats.txt', 'digests')))).toBe('evidenceNotHere')
  })

  it('says why it shows nothing, and waits for what is not here', async () => {
    await using scene = await open()
    const { agreements, node, signed, until } = scene
    const id = await signed()
    const at = await publish(scene, {
      'broken.csv': 'a table\nof words',
      'good.csv': 'unit,amount\ngpu-hour,5\n',
    })
    const good = value(await agreements.evidenceOf(at('good.csv')))
    if (good.kind !== 'file') throw new Error('a file')
    const evidence = [
      value(await agreements.evidenceOf(at('broken.csv'))),
      { ...good, path: RepositoryPath.parse('nothing.csv') },
      { ...good, path: RepositoryPath.parse('broken.csv') },
      { ...good, format: 'digests' as const },
      { ...good, commit: GitOid.parse('b'.repeat(40)) },
    ]
    value(await agreements.deliver('nairobi', id, { obligation: 0, amount: 5, ...days, evidence }))
    await until(id, ({ obligations }) => obligations[0]?.claimed === 5n)
    await evidenceOpener({ ...node })(never)
    const [delivery] = (await until(id, () => true)).obligations[0]?.deliveries ?? []
    expect(
      delivery?.evidence.map(({ opened }) => ('reason' in opened ? opened.reason : opened.state)),
    ).toEqual(['notUnderstood', 'notAFile', 'hashMismatch', 'otherUnit', 'unopened'])
  })

  it('is a revision that a party announced', async () => {
    await using scene = await open()
    const { agreements, node, until, nairobi } = scene
    const id = value(
      await agreements.propose(
        'nairobi',
        draft({
          obligations: [
            { by: 'nairobi', kind: 'data', unit: 'dataset', amount: 2, text: 'Data.', due: '2026-12-01' },
          ],
        }),
      ),
    )
    await until(id, () => true)
    value(await agreements.answer('kisumu', id, 'sign'))
    await publish(scene, { 'data.csv': 'x' })
    await until(id, ({ isSigned }) => isSigned)
    const revisions = async () =>
      node.database.read
        .selectFrom('log_entry')
        .innerJoin('log', 'log.origin', 'log_entry.origin')
        .selectAll('log_entry')
        .where('type', '=', 'repository-revision/1')
        .where('log.member_id', '=', nairobi)
        .execute()
    while ((await revisions()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    const evidence = (await revisions()).map(({ origin, position, leaf_hash }) => ({
      kind: 'revision' as const,
      record: { origin, index: position, leaf: leaf_hash } as never,
    }))
    value(await agreements.deliver('nairobi', id, { obligation: 0, amount: 2, ...days, evidence }))
    const shown = await until(id, ({ obligations }) => obligations[0]?.delivered === 1n)
    expect(shown.obligations[0]).toMatchObject({ claimed: 1n })
  })

  it('comes to the same when what was remembered is gone', async () => {
    await using scene = await open()
    const { agreements, node, signed, until } = scene
    const id = await signed()
    const at = await publish(scene, { 'good.csv': 'unit,amount\ngpu-hour,5\n' })
    const evidence = [value(await agreements.evidenceOf(at('good.csv')))]
    value(await agreements.deliver('nairobi', id, { obligation: 0, amount: 5, ...days, evidence }))
    await until(id, ({ obligations }) => obligations[0]?.delivered === 5n)
    const before = await knownEvidence(node.database.read)
    await node.database.write((tx) => tx.deleteFrom('evidence').execute())
    await evidenceOpener({ ...node })(never)
    expect(await knownEvidence(node.database.read)).toEqual(before)
  })
})

describe('a message about an agreement', () => {
  it('brings a draft of a party to the other, and changes no other', async () => {
    await using scene = await open()
    const { agreements, nairobi, kisumu, stranger, hear } = scene
    const body = value(
      await agreements.preview(
        'nairobi',
        draft({ with: 'other', obligations: draft().obligations.slice(0, 1) }),
      ),
    )
    const message = { kind: 'agreement-draft/1' as const, draft: newId(), agreement: body }
    await hear(stranger, nairobi, message)
    await hear(stranger, nairobi, message)
    await hear(stranger, nairobi, { ...message, agreement: { ...body, title: 'Again' } })
    const kept = await agreements.drafts([nairobi, kisumu])
    expect(kept).toMatchObject([{ memberId: nairobi, otherId: stranger, body: { title: 'Again' } }])

    await expect(hear(stranger, kisumu, message)).rejects.toThrow('messageNotUnderstood')
    await expect(hear(kisumu, nairobi, message)).rejects.toThrow('messageNotUnderstood')
    const own = value(
      await agreements.keepDraft(
        'nairobi',
        draft({ with: 'other', obligations: draft().obligations.slice(0, 1) }),
      ),
    )
    await expect(hear(stranger, nairobi, { ...message, draft: MessageId.parse(own) })).rejects.toThrow(
      'messageNotUnderstood',
    )
    expect((await agreements.drafts([nairobi])).length).toBe(2)
  })

  it('brings no more drafts than there is room for', async () => {
    await using scene = await open()
    const { agreements, nairobi, stranger, hear } = scene
    const body = value(
      await agreements.preview(
        'nairobi',
        draft({ with: 'other', obligations: draft().obligations.slice(0, 1) }),
      ),
    )
    const send = () => hear(stranger, nairobi, { kind: 'agreement-draft/1', draft: newId(), agreement: body })
    for (let count = 0; count < 200; count++) await send()
    await expect(send()).rejects.toThrow('tooManyMessages')
  })

  it('brings whom to ask once the agreement is known, from its parties', async () => {
    await using scene = await open()
    const { agreements, nairobi, kisumu, stranger, signed, hear } = scene
    const id = await signed()
    const message = { kind: 'agreement-contact/1' as const, agreement: id as never, contact: 'Otieno' }
    await expect(hear(stranger, nairobi, message)).rejects.toThrow('messageNotUnderstood')
    await expect(hear(kisumu, nairobi, { ...message, agreement: 'f'.repeat(64) as never })).rejects.toThrow(
      'agreementNotFound',
    )
    await hear(kisumu, nairobi, message)
    await hear(kisumu, nairobi, { ...message, contact: 'Otieno, in the mornings' })
    expect(value(await agreements.contacts('nairobi', id))).toMatchObject([
      { of: kisumu, contact: 'Otieno, in the mornings' },
    ])
    expect(value(await agreements.contacts('kisumu', id))).toEqual([])
  })
})
