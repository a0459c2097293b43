import type { Reader } from '../../../database/index.ts'
import type { MemberId, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { type CapacityKind, Country } from '../../../records/index.ts'
import type { AssessedAgreement } from '../agreements/index.ts'
import type { StatedCapacity, StatedGroup } from '../statements/index.ts'
import { type Activity, type Group, ledgerOf, linesOf, type Promised, stepBelow } from './rules/index.ts'
import type { Benefits, Ledger, LedgerLine } from './types.ts'

/** What of the ledger is asked for; null means all. */
export interface LedgerCriteria {
  readonly kind: CapacityKind | null
  /** The id of a group's list: what its countries received, and what is promised to all. */
  readonly group: string | null
  /** Who gives or receives. */
  readonly member: string | null
}

/** Everything is asked for. */
export const WHOLE_LEDGER: LedgerCriteria = { kind: null, group: null, member: null }

/** What a ledger is added up from: what was stated and agreed, as this node knows it. */
export interface LedgerSources {
  readonly reader: Reader
  readonly capacity: StatedCapacity
  readonly agreements: readonly AssessedAgreement[]
}

/** What was promised, agreed and delivered, as it stands on a day (`2026-11-24`) by what is known here. */
export async function readLedger(
  { reader, capacity, agreements }: LedgerSources,
  day: string,
  asked: LedgerCriteria,
): Promise<Ledger> {
  const groups = newestLists(capacity.groups)
  const listed = new Set(groups.find(({ group }) => group === asked.group)?.countries)
  const lines = linesOf(agreements, pledgesOf(capacity), await readPlaces(reader), day).filter(
    ({ kind, country, supplier, receiver }) =>
      isAsked(asked.kind, kind) &&
      (asked.group === null || listed.has(country)) &&
      (asked.member === null || asked.member === supplier || asked.member === receiver),
  )
  const promises = promisesIn(capacity).filter(
    ({ kind, memberId }) => isAsked(asked.kind, kind) && isAsked(asked.member, memberId),
  )
  return ledgerOf({ asOf: day, lines, promises, groups, unopened: unopenedIn(agreements, lines) })
}

function isAsked(asked: string | null, value: string): boolean {
  return asked === null || asked === value
}

/** Groups of countries that the ledger counts by: of each source's group, the newest list that its member has not taken back. */
export function newestLists(groups: readonly StatedGroup[]): readonly Group[] {
  const open = groups.filter(({ state }) => state === 'open')
  const lists = Map.groupBy(open, ({ memberId, body }) => `${memberId} ${body.code}`)
  return Array.from(lists.values(), (each) =>
    each.reduce((newest, one) => (isNewer(one, newest) ? one : newest)),
  ).map(({ id, memberId, body: { code, name, source, asOf, countries } }) => ({
    group: id,
    memberId,
    code,
    name,
    source,
    asOf,
    countries,
  }))
}

function isNewer(one: StatedGroup, other: StatedGroup): boolean {
  return one.body.asOf === other.body.asOf ? one.id > other.id : one.body.asOf > other.body.asOf
}

function promisesIn({ pledges }: StatedCapacity): readonly Promised[] {
  return pledges
    .filter(({ state }) => state === 'open')
    .map(({ id, memberId, body: { title, until, kind, unit, amount } }) => ({
      pledge: id,
      memberId,
      title,
      until,
      kind,
      unit,
      amount: BigInt(amount),
    }))
}

/** An offer that was withdrawn or replaced keeps its pledge: what was agreed of it goes on. */
function pledgesOf({ offers }: StatedCapacity): ReadonlyMap<Sha256, Sha256> {
  return new Map(offers.flatMap(({ id, body }) => (body.pledge ? [[id, body.pledge.leaf] as const] : [])))
}

function unopenedIn(agreements: readonly AssessedAgreement[], lines: readonly LedgerLine[]): number {
  const shown = new Set(lines.map(({ agreement, obligation }) => `${agreement} ${obligation}`))
  return agreements
    .flatMap(({ id, obligations }) =>
      obligations.filter(({ index }) => shown.has(`${id} ${index}`)).flatMap(({ deliveries }) => deliveries),
    )
    .filter(({ evidence }) => evidence.some(({ opened }) => opened.state === 'unopened')).length
}

/** Every agreement as it is told to others. */
export async function readActivities(sources: LedgerSources, day: string): Promise<readonly Activity[]> {
  const { lines } = await readLedger(sources, day, WHOLE_LEDGER)
  const byAgreement = Map.groupBy(lines, ({ agreement }) => agreement)
  return sources.agreements.map(({ id, body, state, steps, time }) => ({
    id,
    body,
    state,
    since: momentOfStep(steps, 'signed'),
    ended: momentOfStep(steps, 'closed'),
    changed: Math.max(time, ...steps.map((step) => step.time)),
    lines: byAgreement.get(id) ?? [],
  }))
}

function momentOfStep(steps: AssessedAgreement['steps'], what: 'signed' | 'closed'): Millis | null {
  return steps.find((step) => step.what === what)?.time ?? null
}

/** What members are called here, by id; the beginning of the id of who is not known. */
export async function readNames(reader: Reader): Promise<(member: MemberId) => string> {
  const rows = await reader.selectFrom('member').select(['id', 'display_name', 'handle']).execute()
  const names = new Map(rows.map(({ id, display_name, handle }) => [id, display_name || handle]))
  return (member) => names.get(member) ?? member
}

/** What of a group of countries is known here to have something of what is shared. Members are counted, never persons. */
export async function readBenefits(sources: LedgerSources, day: string): Promise<Benefits> {
  const { reader } = sources
  const { groups, totals } = await readLedger(sources, day, WHOLE_LEDGER)
  const places = await readPlaces(reader)
  const held = await readHeld(reader)
  const followers = await readFollowers(reader)
  const among = (isCounted: (country: string | null) => boolean) => ({
    members: Array.from(places.values()).filter(isCounted).length,
    ...holdersAmong(held, (member) => isCounted(places.get(member) ?? null)),
    followers: followers.filter((member) => isCounted(places.get(member) ?? null)).length,
  })
  return {
    asOf: day,
    everybody: { ...among(() => true), received: totals },
    groups: groups.map(({ countries, totals: received, ...group }) => {
      const listed = new Set(countries)
      return { ...group, ...among((country) => country !== null && listed.has(country)), received }
    }),
    withoutCountry: Array.from(places.values()).filter((country) => country === null).length,
    fetches: await readFetches(reader),
  }
}

/** Where each member says that it is. */
async function readPlaces(reader: Reader): Promise<ReadonlyMap<string, Country | null>> {
  const rows = await reader.selectFrom('member').select(['id', 'country']).execute()
  return new Map(rows.map(({ id, country }) => [id, Country.safeParse(country).data ?? null]))
}

interface Held {
  readonly memberId: string
  readonly repositoryId: string
}

/** Which member showed that it holds which repository that is written elsewhere. */
async function readHeld(reader: Reader): Promise<readonly Held[]> {
  const rows = await reader
    .selectFrom('copy_check')
    .innerJoin('repository', 'repository.id', 'copy_check.repository_id')
    .select(['copy_check.member_id as memberId', 'copy_check.repository_id as repositoryId'])
    .where('copy_check.state', '=', 'verified')
    .where('repository.visibility', '=', 'public')
    .whereRef('copy_check.member_id', '!=', 'repository.member_id')
    .union(
      reader
        .selectFrom('file_holder')
        .innerJoin('repository', 'repository.id', 'file_holder.repository_id')
        .select(['file_holder.member_id as memberId', 'file_holder.repository_id as repositoryId'])
        .where('repository.visibility', '=', 'public')
        .whereRef('file_holder.member_id', '!=', 'repository.member_id'),
    )
    .execute()
  return rows
}

function holdersAmong(
  held: readonly Held[],
  isCounted: (member: string) => boolean,
): { readonly holders: number; readonly copies: number } {
  const counted = held.filter(({ memberId }) => isCounted(memberId))
  return { holders: new Set(counted.map(({ memberId }) => memberId)).size, copies: counted.length }
}

async function readFollowers(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.selectFrom('follower').select('member_id').distinct().execute()
  return rows.map(({ member_id }) => member_id)
}

/** The least of the steps 0, 1, 10, 100, … that so many fetches have reached: nobody is to be found in a number. */
async function readFetches(reader: Reader): Promise<number> {
  const row = await reader
    .selectFrom('repository')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select((build) => build.fn.sum<number>('repository.downloads').as('downloads'))
    .where('repository.visibility', '=', 'public')
    .where('member.hosted', '=', 1)
    .executeTakeFirst()
  return stepBelow(row?.downloads ?? 0)
}
