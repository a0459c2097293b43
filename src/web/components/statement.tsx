import type { FC } from 'hono/jsx'

import { utf8 } from '../../kernel/bytes.ts'
import { type AssociationId, Origin, repositoryKey } from '../../kernel/names.ts'
import { momentOf } from '../../kernel/time.ts'
import { parseCheckpoint, parseNote } from '../../log/tlog/index.ts'
import { associationIdOf, type PublicRecord, type Reference } from '../../records/index.ts'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey, Values } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { associationPath, logPath, recordPath, repositoryPath, safeHref } from '../paths.ts'
import { describeAmount } from '../vocabulary.ts'
import { Words } from './words.tsx'

/** What an entry of a log says, as far as this version understands it. */
export type Said =
  | { readonly kind: 'record'; readonly record: PublicRecord }
  | { readonly kind: 'inert'; readonly reason: string; readonly type: string | null }

/** Whose words they are, and what can be looked up here. */
export interface Speaker {
  /** The member's name in its own words. */
  readonly member: string
  /** Public repositories of it that stand on this node, written here or copied: `model namespace/name`, in lower case. */
  readonly repositories: ReadonlySet<string>
  /** Logs that can be read on this node. */
  readonly logs: readonly Origin[]
}

interface Sentence {
  readonly message: MessageKey
  readonly values?: Values
  /** Besides the member's: where words lead, null for nowhere. */
  readonly links?: Readonly<Record<string, string | null>>
}

/** Most characters of a name in a sentence. */
const NAME = 120

/** What was said, as a sentence that begins with who said it. */
export const Statement: FC<{
  readonly page: PageContext
  readonly speaker: Speaker
  readonly said: Said
}> = ({ page, speaker, said }) => {
  const sentence = said.kind === 'inert' ? INERT : sentenceOf(page, speaker, said.record)
  return (
    <Words
      say={page.say}
      message={sentence.message}
      values={{ member: foreignText(speaker.member, NAME), ...sentence.values }}
      links={{ member: null, ...sentence.links }}
    />
  )
}

const INERT: Sentence = { message: 'said.inert' }

function sentenceOf(page: PageContext, speaker: Speaker, record: PublicRecord): Sentence {
  switch (record.type) {
    case 'member-genesis/1':
      return { message: 'said.began' }
    case 'member-profile/1':
      return { message: 'said.profile', values: { name: foreignText(record.body.name, NAME) } }
    case 'member-endpoints/1':
      return addressSentence(record.body.urls[0] ?? '')
    case 'member-keys/1':
      return { message: 'said.keys' }
    case 'member-message-keys/1':
      return { message: 'said.messageKeys' }
    case 'log-succession/1':
      return {
        message: 'said.succession',
        links: { log: logHref(page, speaker, record.body.previous.origin) },
      }
    case 'log-observed/1':
      return { message: 'said.observed', values: { count: record.body.heads.length } }
    case 'log-fork/1':
      return { message: 'said.fork', links: { log: logHref(page, speaker, originIn(record.body.first)) } }
    case 'repository-revision/1':
      return revisionSentence(page, speaker, record.body)
    case 'repository-withdrawal/1':
      return withdrawalSentence(page, speaker, record.body)
    case 'public-good/1':
      return aboutRepository(page, speaker, 'said.publicGood', record.body, {
        date: page.say.date(momentOf(record.body.until)),
      })
    case 'record-retraction/1':
      return aboutRecord(page, speaker, 'said.retraction', { record: record.body.record })
    case 'attachment-tombstone/1':
      return { message: 'said.tombstone' }
    case 'association-charter/1':
      return {
        ...aboutAssociation(page, 'said.association.charter', associationIdOf(record.body)),
        values: { name: foreignText(record.body.name, NAME) },
      }
    case 'association-sign/1':
      return aboutAssociation(page, 'said.association.signed', record.body.association)
    case 'association-roster/1':
      return aboutAssociation(page, 'said.association.roster', record.body.association)
    case 'association-endorse/1':
      return aboutAssociation(page, 'said.association.endorsed', record.body.association)
    case 'association-abandon/1':
      return aboutAssociation(page, 'said.association.abandoned', record.body.association)
    case 'association-leave/1':
      return aboutAssociation(page, 'said.association.left', record.body.association)
    case 'need/1':
      return { message: 'said.capacity.need', values: amountOf(page, record.body) }
    case 'offer/1':
      return { message: 'said.capacity.offer', values: amountOf(page, record.body) }
    case 'pledge/1':
      return {
        message: 'said.capacity.pledge',
        values: { ...amountOf(page, record.body), date: page.say.date(momentOf(record.body.until)) },
      }
    case 'country-group/1':
      return {
        message: 'said.capacity.group',
        values: {
          name: foreignText(record.body.name, NAME),
          date: page.say.date(momentOf(record.body.asOf)),
        },
      }
    case 'matching-round/1':
      return { message: 'said.capacity.round', values: { title: foreignText(record.body.title, NAME) } }
    case 'matching-result/1':
      return aboutRecord(page, speaker, 'said.capacity.result', { round: record.body.round })
    case 'agreement/1':
      return { message: 'said.capacity.agreement', values: { title: foreignText(record.body.title, NAME) } }
    case 'agreement-signature/1':
      return aboutRecord(page, speaker, ANSWERED[record.body.answer], { agreement: record.body.agreement })
    case 'agreement-end/1':
      return aboutRecord(page, speaker, `said.capacity.${record.body.end}`, {
        agreement: record.body.agreement,
      })
    case 'delivery/1':
      return aboutRecord(page, speaker, 'said.capacity.delivery', { agreement: record.body.agreement })
    case 'delivery-verdict/1':
      return aboutRecord(page, speaker, `said.capacity.${record.body.verdict}`, {
        delivery: record.body.delivery,
      })
  }
}

function aboutAssociation(page: PageContext, message: MessageKey, id: AssociationId): Sentence {
  return { message, links: { association: localPath(page, associationPath(id)) } }
}

const ANSWERED = { sign: 'said.capacity.signed', decline: 'said.capacity.declined' } as const

function amountOf(
  { say }: PageContext,
  { title, unit, amount }: Extract<PublicRecord, { type: 'need/1' | 'offer/1' | 'pledge/1' }>['body'],
): Values {
  return { title: foreignText(title, NAME), amount: describeAmount(say, unit, amount) }
}

/** A sentence whose words lead to other records, by the name of the link. */
function aboutRecord(
  page: PageContext,
  speaker: Speaker,
  message: MessageKey,
  records: Readonly<Record<string, Reference>>,
): Sentence {
  const links = Object.entries(records).map(
    ([name, { origin, index }]) => [name, recordHref(page, speaker, origin, index)] as const,
  )
  return { message, links: Object.fromEntries(links) }
}

function addressSentence(url: string): Sentence {
  return {
    message: 'said.endpoints',
    values: { address: foreignText(url, NAME) },
    links: { address: safeHref(url) },
  }
}

type Repository = Extract<PublicRecord, { type: 'repository-withdrawal/1' }>['body']

function aboutRepository(
  page: PageContext,
  speaker: Speaker,
  message: MessageKey,
  { kind, repository }: Pick<Repository, 'kind' | 'repository'>,
  values: Values = {},
): Sentence {
  const href = repositoryHref(page, speaker, { kind, repository })
  return { message, values: { repository, ...values }, links: { repository: href } }
}

function revisionSentence(
  page: PageContext,
  speaker: Speaker,
  body: Extract<PublicRecord, { type: 'repository-revision/1' }>['body'],
): Sentence {
  const ref = foreignText(body.ref.replace(/^refs\/(?:heads|tags)\//, ''), NAME)
  if (body.commit === undefined) return aboutRepository(page, speaker, 'said.refRemoved', body, { ref })
  if (body.ref === 'refs/heads/main') return aboutRepository(page, speaker, 'said.revision', body)
  return aboutRepository(page, speaker, 'said.revisionAt', body, { ref })
}

/** What was withdrawn is not there any more: no link leads to it. */
function withdrawalSentence(page: PageContext, speaker: Speaker, body: Repository): Sentence {
  const { kind, repository, movedTo } = body
  if (movedTo === undefined)
    return { message: 'said.withdrawal', values: { repository }, links: { repository: null } }
  const moved = { kind, repository: movedTo }
  return aboutRepository(page, speaker, 'said.moved', moved, { from: repository })
}

/** Whether what is spoken of can be looked at on this node. */
export function isHere(
  { repositories }: Speaker,
  { kind, repository }: Pick<Repository, 'kind' | 'repository'>,
): boolean {
  return repositories.has(`${kind} ${repositoryKey(repository)}`)
}

/** Where a repository is looked at on this node; null where it is not here. */
export function repositoryHref(
  page: PageContext,
  speaker: Speaker,
  about: Pick<Repository, 'kind' | 'repository'>,
): string | null {
  const { kind, repository: id } = about
  return isHere(speaker, about) ? localPath(page, repositoryPath({ kind, id })) : null
}

/** Where a log is read on this node; null where it is not here. */
export function logHref(page: PageContext, { logs }: Speaker, origin: Origin | null): string | null {
  return origin !== null && logs.includes(origin) ? localPath(page, logPath(origin)) : null
}

/** Where an entry is read on this node; null where its log is not here. */
export function recordHref(
  page: PageContext,
  { logs }: Speaker,
  origin: Origin,
  position: number,
): string | null {
  return logs.includes(origin) ? localPath(page, recordPath(origin, position)) : null
}

/** Which log a checkpoint is of; null where it does not say. */
export function originIn(checkpoint: string): Origin | null {
  const note = parseNote(utf8(checkpoint))
  return Origin.safeParse(note && parseCheckpoint(note.text)?.origin).data ?? null
}
