/** The forms in which needs, offers, pledges and groups are stated: what is typed, and the body that it makes. */
import type { DraftFields, Noun, StatedThing } from '../features/capacity/index.ts'
import type { Offer, Reference } from '../records/index.ts'

type Body = Readonly<Record<string, unknown>>

/** Rows of a list that one form has at most. */
export const MOST_ROWS = 16

/**
 * The body of the record that a form makes, for the schema to judge: what is no number stays as it was typed, what was left
 * empty is left out.
 */
export function bodyOf(noun: Noun, typed: DraftFields): Body {
  switch (noun) {
    case 'need':
      return present({
        ...measure(typed),
        ...technical(typed),
        purpose: text(typed, 'purpose'),
        country: text(typed, 'country'),
        sector: text(typed, 'sector'),
        minimum: number(typed, 'minimum'),
        goals: list(typed, 'goals').map(numberOr),
        residency: list(typed, 'residency').map(upper),
        accepts: list(typed, 'accepts'),
        outputs: text(typed, 'outputs'),
        readiness: json(typed, 'readiness'),
      })
    case 'offer':
      return present({
        ...measure(typed),
        ...technical(typed),
        description: text(typed, 'description'),
        location: text(typed, 'location'),
        price: price(typed),
        eligible: whom(typed, 'for', ''),
        excluded: rows(typed, 'excludedReason', (row) => ({
          ...whom(typed, 'excluded', row),
          reason: text(typed, `excludedReason${row}`),
        })),
        reserves: rows(typed, 'reserveGroup', (row) => ({
          group: text(typed, `reserveGroup${row}`),
          amount: number(typed, `reserveAmount${row}`),
          mode: text(typed, `reserveMode${row}`),
        })),
        caps: present({ member: number(typed, 'memberCap'), country: number(typed, 'countryCap') }),
        conditions: rows(typed, 'conditionText', (row) => ({
          id: text(typed, `conditionId${row}`),
          text: text(typed, `conditionText${row}`),
        })),
        standing: present({
          each: number(typed, 'standingEach'),
          member: number(typed, 'standingMember'),
          month: number(typed, 'standingMonth'),
        }),
        pledge: text(typed, 'pledge'),
      })
    case 'pledge':
      return present({
        ...measure(typed),
        description: text(typed, 'description'),
        until: text(typed, 'until'),
      })
    case 'group':
      return present({
        code: text(typed, 'code'),
        name: text(typed, 'name'),
        source: text(typed, 'source'),
        url: text(typed, 'url'),
        asOf: text(typed, 'asOf'),
        countries: list(typed, 'countries').map(upper),
      })
  }
}

/** What stands in the form when something that was stated is to be changed: {@link bodyOf} makes the same of it. */
export function fieldsOf(thing: StatedThing): DraftFields {
  switch (thing.noun) {
    case 'need': {
      const { goals, accepts, residency, readiness, minimum, ...body } = thing.stated.body
      return filled({
        ...measured(body),
        purpose: body.purpose,
        country: body.country,
        sector: body.sector,
        minimum,
        goals: goals?.map(String),
        residency: residency?.join(' '),
        accepts: accepts?.join(' '),
        outputs: body.outputs,
        readiness: readiness && JSON.stringify(readiness),
      })
    }
    case 'offer':
      return offered(thing.stated.body)
    case 'pledge': {
      const { body } = thing.stated
      return filled({ ...measured(body), description: body.description, until: body.until })
    }
    case 'group': {
      const { countries, ...body } = thing.stated.body
      return filled({ ...body, countries: countries.join(' ') })
    }
  }
}

function offered(body: Offer['body']): DraftFields {
  const { price: costs, eligible = {}, excluded = [], reserves = [], caps = {}, conditions = [] } = body
  return filled({
    ...measured(body),
    description: body.description,
    location: body.location,
    price: costs && decimalOf(costs.micros),
    currency: costs?.currency,
    ...named('for', '', eligible),
    ...Object.assign(
      {},
      ...excluded.map((each, at) => ({
        ...named('excluded', String(at + 1), each),
        [`excludedReason${at + 1}`]: each.reason,
      })),
      ...reserves.map(({ group, amount, mode }, at) => ({
        [`reserveGroup${at + 1}`]: group.leaf,
        [`reserveAmount${at + 1}`]: amount,
        [`reserveMode${at + 1}`]: mode,
      })),
      ...conditions.map((each, at) => ({
        [`conditionId${at + 1}`]: each.id,
        [`conditionText${at + 1}`]: each.text,
      })),
    ),
    memberCap: caps.member,
    countryCap: caps.country,
    standingEach: body.standing?.each,
    standingMember: body.standing?.member,
    standingMonth: body.standing?.month,
    pledge: body.pledge?.leaf,
  })
}

/** How many rows of a list the form shows: two at least, and one that is empty. */
export function rowsIn(typed: DraftFields, field: string): number {
  const last = Array.from({ length: MOST_ROWS }, (_, at) => at + 1).findLast((row) =>
    text(typed, `${field}${row}`),
  )
  return Math.min(MOST_ROWS, Math.max(2, (last ?? 0) + 1))
}

export function text(typed: DraftFields, name: string): string {
  const value = typed[name] ?? ''
  return (typeof value === 'string' ? value : (value.at(-1) ?? '')).trim()
}

/** Boxes that were ticked, or codes that were typed with spaces or commas of any script between them. */
export function list(typed: DraftFields, name: string): readonly string[] {
  const value = typed[name] ?? ''
  const all = typeof value === 'string' ? value.split(/[\s,;،؛、，]+/) : value
  return [...new Set(all.map((each) => each.trim()).filter((each) => each !== ''))]
}

function measure(typed: DraftFields): Body {
  const [kind = '', unit = ''] = text(typed, 'what').split('/')
  return {
    kind,
    unit,
    amount: number(typed, 'amount'),
    title: text(typed, 'title'),
    language: text(typed, 'language'),
  }
}

interface Measured {
  readonly kind: string
  readonly unit: string
  readonly amount: number
  readonly title: string
  readonly language: string
  readonly memoryGb?: number
  readonly accelerators?: readonly string[]
  readonly languages?: readonly string[]
  readonly from?: string
  readonly until?: string
}

function measured(body: Measured) {
  const { kind, unit, amount, title, language, memoryGb, accelerators, languages, from, until } = body
  return {
    what: `${kind}/${unit}`,
    amount,
    title,
    language,
    memoryGb,
    accelerators,
    languages: languages?.join(' '),
    from,
    until,
  }
}

function technical(typed: DraftFields): Body {
  return {
    memoryGb: number(typed, 'memoryGb'),
    accelerators: list(typed, 'accelerators'),
    languages: list(typed, 'languages'),
    from: text(typed, 'from'),
    until: text(typed, 'until'),
  }
}

/** Whom an offer is for, or is not for. */
function whom(typed: DraftFields, prefix: 'for' | 'excluded', row: string): Body {
  return present({
    groups: list(typed, `${prefix}Groups${row}`),
    countries: list(typed, `${prefix}Countries${row}`).map(upper),
    members: list(typed, `${prefix}Members${row}`),
    purposes: list(typed, `${prefix}Purposes${row}`),
  })
}

function named(
  prefix: 'for' | 'excluded',
  row: string,
  scope: {
    readonly groups?: readonly Reference[]
    readonly countries?: readonly string[]
    readonly members?: readonly string[]
    readonly purposes?: readonly string[]
  },
) {
  const groups = scope.groups?.map(({ leaf }) => leaf)
  return {
    [`${prefix}Groups${row}`]: prefix === 'for' ? groups : groups?.join(' '),
    [`${prefix}Countries${row}`]: scope.countries?.join(' '),
    [`${prefix}Members${row}`]: scope.members?.join(' '),
    [`${prefix}Purposes${row}`]: prefix === 'for' ? scope.purposes : scope.purposes?.join(' '),
  }
}

/** Rows of which something was typed in one field. */
function rows(typed: DraftFields, field: string, read: (row: string) => Body): readonly Body[] {
  return Array.from({ length: MOST_ROWS }, (_, at) => String(at + 1))
    .filter((row) => text(typed, `${field}${row}`) !== '')
    .map(read)
}

/** In millionths of the currency, exactly; what is no amount of money stays as it was typed. */
function price(typed: DraftFields): unknown {
  const typedPrice = text(typed, 'price')
  if (typedPrice === '') return ''
  const [, whole, part = ''] = /^(\d{1,9})(?:[.,](\d{1,6}))?$/.exec(typedPrice) ?? []
  const micros = whole === undefined ? typedPrice : Number(whole) * 1_000_000 + Number(part.padEnd(6, '0'))
  return { micros, currency: text(typed, 'currency').toUpperCase() }
}

function decimalOf(micros: number): string {
  const part = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${Math.floor(micros / 1_000_000)}${part === '' ? '' : `.${part}`}`
}

function number(typed: DraftFields, name: string): number | string {
  return numberOr(text(typed, name))
}

function numberOr(typed: string): number | string {
  return /^\d{1,15}$/.test(typed) ? Number(typed) : typed
}

function upper(code: string): string {
  return code.toUpperCase()
}

function json(typed: DraftFields, name: string): unknown {
  const typedText = text(typed, name)
  if (typedText === '') return ''
  try {
    return JSON.parse(typedText)
  } catch (error) {
    if (error instanceof SyntaxError) return typedText // the schema refuses it
    throw error
  }
}

/** Without what was left empty. */
function present(members: Body): Body {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => {
      if (Array.isArray(value)) return value.length > 0
      return value !== '' && !(typeof value === 'object' && value !== null && isEmpty(value))
    }),
  )
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}

function filled(
  members: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): DraftFields {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'number' ? String(value) : value] as const],
    ),
  )
}
