/** The same question as a linear program, written from a round by sums alone: for HiGHS, which knows nothing of our flows. */
import type { Round } from './index.ts'

/** HiGHS: takes a program, and tells what its goal comes to. What the package's types say of its default export is not what it is. */
export async function loadSolver(): Promise<(program: string) => number> {
  const { default: load }: { default: unknown } = await import('highs')
  if (typeof load !== 'function') throw new Error('HiGHS is loaded by a function')
  const solver: { solve(program: string): { ObjectiveValue: number } } = await load()
  return (program) => solver.solve(program).ObjectiveValue
}

/** What is to be as large as can be: the least share, or what all receive together. */
export type Goal = 'least' | 'total'

/** A program in the format of CPLEX. Only offers that name countries or institutions are understood. */
export function linearProgram(round: Round, goal: Goal, softIsOpen: boolean): string {
  const homes = new Map(round.institutions.map(({ id, country }) => [id, country]))
  const terms = new Map<string, string[]>()
  const put = (key: string, term: string) => {
    const known = terms.get(key)
    if (known) known.push(term)
    else terms.set(key, [term])
  }
  const most = new Map<string, string>()
  for (const { id, amount } of round.needs) most.set(`need ${id}`, amount)
  let variables = 0
  for (const offer of round.offers) {
    const kept = (offer.reserves ?? []).map((each) => ({ ...each, key: `reserve ${offer.id} ${each.group}` }))
    const open = Number(offer.amount) - kept.reduce((sum, { amount }) => sum + Number(amount), 0)
    most.set(`open ${offer.id}`, String(open))
    for (const { key, amount } of kept) most.set(key, amount)
    for (const need of round.needs) {
      const home = homes.get(need.institution) ?? ''
      const { countries = [], institutions = [] } = offer.eligible ?? {}
      if (!countries.includes(home) && !institutions.includes(need.institution)) continue
      const pools = kept.filter(
        ({ group, mode }) => (mode === 'soft' && softIsOpen) || isIn(round.groups, group, home),
      )
      for (const key of [`open ${offer.id}`, ...pools.map((pool) => pool.key)]) {
        const variable = `x${variables++}`
        for (const row of [key, `need ${need.id}`, `total ${need.institution}`]) put(row, variable)
        if (offer.caps?.institution)
          put(`cap ${offer.id} ${need.institution} ${offer.caps.institution}`, variable)
        if (offer.caps?.country) put(`cap ${offer.id} ${home} ${offer.caps.country}`, variable)
      }
    }
  }
  const rows = [...terms].map(([key, names]) => [key, names.join(' +\n')] as const)
  const least = rows
    .filter(([key]) => key.startsWith('total '))
    .map(([key, sum]) => {
      const { weight = 1 } = round.institutions.find(({ id }) => `total ${id}` === key) ?? {}
      return `${sum} - ${weight} level >= 0`
    })
  const limits = rows.flatMap(([key, sum]) => {
    const limit = key.startsWith('cap ') ? key.split(' ').at(-1) : most.get(key)
    return limit === undefined ? [] : [`${sum} <= ${limit}`]
  })
  const all = Array.from({ length: variables }, (_, at) => `x${at}`).join(' +\n')
  return [
    'Maximize',
    goal === 'least' ? 'level' : all || 'level',
    'Subject To',
    ...limits,
    ...(goal === 'least' ? least : ['level <= 0']),
    'End',
  ].join('\n')
}

function isIn(groups: Round['groups'], group: string, country: string): boolean {
  const { countries = [], includes = [] } = groups?.[group] ?? {}
  return countries.includes(country) || includes.some((each) => isIn(groups, each, country))
}
