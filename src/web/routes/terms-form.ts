import { type ContentFilter, type Quota, readBytes, USUAL_QUOTA } from '../../features/follow/index.ts'
import { failure, type Failure, Refusal } from '../../kernel/failure.ts'
import { RepositoryKind } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import {
  type ChosenTerms,
  CONTENT_CHOICES,
  type TypedAmount,
  type TypedTerms,
  TRUSTS,
} from '../components/terms-fields.tsx'
import type { Fields } from './request.tsx'

/** What was filled in, as it was typed: it is shown again when something of it is refused. */
export function typedTermsIn(fields: Fields): TypedTerms {
  const amount = (name: string) => ({ number: fields.text(name), unit: fields.text(`${name}Unit`) })
  return {
    content: fields.text('content'),
    trust: fields.text('trust'),
    kinds: RepositoryKind.options.filter((kind) => fields.text(`kind-${kind}`) === 'yes'),
    licences: fields.text('licences'),
    maxFile: amount('maxFile'),
    budget: amount('budget'),
    entries: fields.text('entries'),
    records: amount('records'),
    objects: amount('objects'),
    large: amount('large'),
  }
}

/** What was chosen, or what of it cannot be: the failure names the field. */
export function readTerms(typed: TypedTerms): Result<ChosenTerms> {
  try {
    const content = CONTENT_CHOICES.find((each) => each === typed.content)
    const trust = TRUSTS.find((each) => each === typed.trust)
    if (!trust) throw refused('invalidField', 'trust')
    if (!content) throw refused('invalidField', 'content')
    const quota = quotaOf(typed)
    if (content === 'some') return succeed({ content: 'all', trust, quota, filter: filterOf(typed) })
    return succeed({ content, trust, quota, filter: null })
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}

function refused(reason: Failure['reason'], field: string): Refusal {
  return new Refusal(failure(reason, { field }, field))
}

const MOST_LICENCES = 50

function filterOf({ kinds, licences: typed, maxFile, budget }: TypedTerms): ContentFilter {
  if (kinds.length === 0) throw refused('noKindChosen', 'kinds')
  const licences = typed
    .toLowerCase()
    .split(/[\s,;،、，]+/)
    .filter((licence) => licence !== '')
  const isLicence = (licence: string) => /^[a-z0-9][a-z0-9.+_-]{0,99}$/.test(licence)
  if (licences.length > MOST_LICENCES || !licences.every(isLicence)) throw refused('invalidField', 'licences')
  const filter = {
    kinds: kinds.length === RepositoryKind.options.length ? [] : kinds,
    licences: [...new Set(licences)],
    maxFile: amountOf(maxFile, 'maxFile'),
    budget: amountOf(budget, 'budget'),
  }
  const isEmpty =
    filter.kinds.length + filter.licences.length === 0 && filter.maxFile === null && filter.budget === null
  if (isEmpty) throw refused('noCondition', 'content')
  return filter
}

function quotaOf({ entries, records, objects, large }: TypedTerms): Quota {
  return {
    entries: entriesOf(entries) ?? USUAL_QUOTA.entries,
    records: amountOf(records, 'records') ?? USUAL_QUOTA.records,
    objects: amountOf(objects, 'objects') ?? USUAL_QUOTA.objects,
    content: amountOf(large, 'large') ?? USUAL_QUOTA.content,
  }
}

function entriesOf(typed: string): number | null {
  const digits = western(typed)
  if (digits === '') return null
  // In groups of three or not: a whole number can be nothing else.
  const isWhole = /^\d{1,9}$|^\d{1,3}(?:[.,'’]\d{3}){1,2}$/.test(digits)
  if (!isWhole) throw refused('invalidAmount', 'entries')
  return Number(digits.replaceAll(/\D/g, ''))
}

/** Null where nothing was typed. */
function amountOf({ number, unit }: TypedAmount, field: string): number | null {
  const digits = western(number)
  if (digits === '') return null
  // Is “1,500” more than a thousand, or one and a half? Nobody is to find out by a full disk.
  const isClear = /^[\d.,]+$/.test(digits) && !/^[1-9]\d{0,2},\d{3}$/.test(digits)
  const bytes = isClear ? readBytes(`${digits} ${unit}`) : null
  if (bytes === null) throw refused('invalidAmount', field)
  return bytes
}

/** Digits and marks of other scripts as those that programs read; spaces go. */
function western(typed: string): string {
  return typed
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) =>
      String((digit.codePointAt(0) ?? 0) & 0xf),
    )
    .replaceAll(/[\u066b\uff0e]/g, '.')
    .replaceAll(/\s/g, '')
}
