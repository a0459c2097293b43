import type { FC } from 'hono/jsx'

import { momentOf } from '../../kernel/time.ts'
import type { PublicRecord, Roster } from '../../records/index.ts'
import { cutText, foreignText, showUnseen } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath, safeHref } from '../paths.ts'
import { describeRule } from '../vocabulary.ts'
import { capacityRows } from './capacity-fields.ts'
import {
  type BodyOf,
  code,
  lines,
  maybe,
  originValue,
  referenceValue,
  type Row,
  row,
  rowOfSome,
  type Value,
  words,
} from './record-rows.ts'
import { isHere, logHref, repositoryHref, type Speaker } from './statement.tsx'

/** Values of one field that are shown; of the others the number is told. */
const MOST_VALUES = 20
const MOST_CHARACTERS = 2000

/** What a record says, field by field. Members that its schema does not know are left out: they stand in the leaf. */
export const RecordFields: FC<{
  readonly page: PageContext
  readonly speaker: Speaker
  readonly record: PublicRecord
}> = ({ page, speaker, record }) => (
  <table class="record">
    <tbody>
      {rowsOf(page, speaker, record).map((row) => (
        <tr>
          <th scope="row">{page.say.t(row.name)}</th>
          <td>
            {row.values.slice(0, MOST_VALUES).map((value) => (
              <Shown value={value} />
            ))}
            {row.values.length > MOST_VALUES && (
              <span class="quiet">
                {page.say.t('record.more', { count: row.values.length - MOST_VALUES })}
              </span>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const Shown: FC<{ readonly value: Value }> = ({ value: { form, text, href = null } }) => {
  if (form === 'lines')
    return (
      <pre class="preserved" dir="auto">
        {cutText(showUnseen(text), MOST_CHARACTERS)}
      </pre>
    )
  const shown = foreignText(text, MOST_CHARACTERS)
  const inside =
    form === 'code' ? (
      <code dir="ltr" class="digest">
        {shown}
      </code>
    ) : (
      <bdi>{shown}</bdi>
    )
  return <div>{href === null ? inside : <a href={href}>{inside}</a>}</div>
}

function rowsOf(page: PageContext, speaker: Speaker, record: PublicRecord): readonly Row[] {
  const refs = (record.refs ?? []).map((reference) => referenceValue(page, speaker, reference))
  return [row('type', code(record.type)), ...bodyRows(page, speaker, record), ...rowOfSome('refs', refs)]
}

function bodyRows(page: PageContext, speaker: Speaker, record: PublicRecord): readonly Row[] {
  const { say } = page
  switch (record.type) {
    case 'member-genesis/1':
      return [
        row('log', code(record.body.log)),
        row('witness', code(record.body.witness)),
        row('recovery', ...record.body.recovery.keys.map((key) => code(key))),
        row('threshold', words(say.number(record.body.recovery.threshold))),
      ]
    case 'member-profile/1':
      return profileRows(page, record.body)
    case 'member-endpoints/1':
      return [row('urls', ...record.body.urls.map((url) => code(url, safeHref(url))))]
    case 'member-keys/1':
      return [...maybe('log', record.body.log, code), ...maybe('witness', record.body.witness, code)]
    case 'member-message-keys/1':
      return [row('seal', code(record.body.seal)), row('sign', code(record.body.sign))]
    case 'log-succession/1':
      return [
        row('previous', originValue(page, speaker, record.body.previous.origin)),
        row('checkpoint', lines(record.body.previous.checkpoint)),
        row('reason', words(say.t(`said.reason.${record.body.reason}`))),
      ]
    case 'log-observed/1':
      return [
        row(
          'heads',
          ...record.body.heads.map(({ origin, size }) =>
            code(`${origin} ${size}`, logHref(page, speaker, origin)),
          ),
        ),
      ]
    case 'log-fork/1':
      return [
        row('first', lines(record.body.first)),
        row('second', lines(record.body.second)),
        ...rowOfSome(
          'proof',
          record.body.proof.map((hash) => code(hash)),
        ),
      ]
    case 'repository-revision/1':
      return revisionRows(page, speaker, record.body)
    case 'repository-withdrawal/1':
      return [
        row('repository', code(record.body.repository)),
        row('kind', words(say.t(`kind.${record.body.kind}`))),
        ...maybe('movedTo', record.body.movedTo, code),
      ]
    case 'public-good/1':
      return [
        repositoryRow(page, speaker, record.body),
        row('kind', words(say.t(`kind.${record.body.kind}`))),
        row('licence', code(record.body.licence)),
        row('maintainer', code(record.body.maintainer)),
        row('holders', words(say.number(record.body.holders))),
        row('until', words(say.date(momentOf(record.body.until)))),
      ]
    case 'record-retraction/1':
      return [
        row('record', referenceValue(page, speaker, record.body.record)),
        row('reason', words(say.t(`said.reason.${record.body.reason}`))),
      ]
    case 'attachment-tombstone/1':
      return [
        row('file', code(record.body.sha256)),
        row('size', words(say.bytes(record.body.size))),
        row('reason', words(say.t(`said.reason.${record.body.reason}`))),
      ]
    case 'association-charter/1':
      return charterRows(page, record.body)
    case 'association-sign/1':
      return [associationRow(record.body), row('charter', referenceValue(page, speaker, record.body.charter))]
    case 'association-roster/1':
      return [
        ...roundRows(page, record.body),
        membersRow(record.body.members),
        row('previousRoster', code(record.body.previous)),
        ...rowOfSome(
          'evidence',
          (record.body.evidence ?? []).map((each) => referenceValue(page, speaker, each)),
        ),
      ]
    case 'association-endorse/1':
      return [...roundRows(page, record.body), row('roster', code(record.body.roster))]
    case 'association-abandon/1':
      return [
        ...roundRows(page, record.body),
        ...rowOfSome(
          'endorsed',
          record.body.endorsed.map(({ round, roster }) => code(`${round} ${roster}`)),
        ),
      ]
    case 'association-leave/1':
      return [associationRow(record.body)]
    case 'need/1':
    case 'offer/1':
    case 'pledge/1':
    case 'country-group/1':
    case 'matching-round/1':
    case 'matching-result/1':
    case 'agreement/1':
    case 'agreement-signature/1':
    case 'agreement-end/1':
    case 'delivery/1':
    case 'delivery-verdict/1':
      return capacityRows(page, speaker, record)
  }
}

function profileRows(page: PageContext, body: BodyOf<'member-profile/1'>): readonly Row[] {
  const { languages } = body
  return [
    row('handle', code(body.handle)),
    row('name', words(body.name)),
    ...maybe('description', body.description, lines),
    ...maybe('languages', languages && page.say.list(languages.map(page.say.languageName)), words),
    ...maybe('country', body.country && page.say.countryName(body.country), words),
    ...maybe('colour', body.colour, code),
  ]
}

function revisionRows(
  page: PageContext,
  speaker: Speaker,
  body: BodyOf<'repository-revision/1'>,
): readonly Row[] {
  const { commit, manifest, kind, repository } = body
  const isBranch = body.ref.startsWith('refs/heads/')
  const commitPath = (oid: string) =>
    isHere(speaker, body) && isBranch
      ? localPath(page, revisionPath({ kind, id: repository }, 'commit', oid))
      : null
  return [
    repositoryRow(page, speaker, body),
    row('kind', words(page.say.t(`kind.${kind}`))),
    row('ref', code(body.ref)),
    ...maybe('commit', commit, (oid) => code(oid, commitPath(oid))),
    ...maybe('manifest', manifest?.sha256, code),
    ...maybe('size', manifest && page.say.bytes(manifest.size), words),
  ]
}

function repositoryRow(
  page: PageContext,
  speaker: Speaker,
  { kind, repository }: Pick<BodyOf<'public-good/1'>, 'kind' | 'repository'>,
): Row {
  const href = repositoryHref(page, speaker, { kind, repository })
  return row('repository', code(repository, href))
}

function charterRows({ say }: PageContext, body: BodyOf<'association-charter/1'>): readonly Row[] {
  const { deletionDays } = body
  return [
    row('name', words(body.name)),
    row('purpose', lines(body.purpose)),
    membersRow(body.members),
    row('rule', words(describeRule(say, body.rule))),
    ...maybe('deletionDays', deletionDays === undefined ? undefined : say.number(deletionDays), words),
    row('witnesses', words(say.number(body.witnesses))),
  ]
}

function roundRows(
  { say }: PageContext,
  body: Omit<BodyOf<'association-endorse/1'>, 'roster'>,
): readonly Row[] {
  return [
    associationRow(body),
    row('epoch', words(say.number(body.epoch))),
    row('round', words(say.number(body.round + 1))),
  ]
}

function associationRow({ association }: BodyOf<'association-leave/1'>): Row {
  return row('association', code(association))
}

function membersRow(members: Roster): Row {
  return row('members', ...Object.entries(members).map(([id, handle]) => code(`${handle} ${id}`)))
}
