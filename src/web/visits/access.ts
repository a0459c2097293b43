import type { Actor } from '../../features/accounts/index.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, succeed } from '../../kernel/result.ts'
import type { AccessVisit } from '../deps.ts'
import type { VisitDeps } from './deps.ts'

/** Asking to read repositories, as one actor: in a browser, where the whole account acts. */
export function visitAccess({ requests }: VisitDeps, actor: Actor): AccessVisit {
  const person = actor.kind === 'user' && actor.scope === 'write' ? actor : null
  const refused = () => Promise.resolve(fail(failure('signInRequired')))
  return {
    async sent() {
      return person ? succeed(await requests.sentBy(person.userId)) : refused()
    },
    ask: (wish) => (person ? requests.ask(person, wish) : refused()),
    withdraw: (id) => (person ? requests.withdraw(person, id) : refused()),
  }
}
