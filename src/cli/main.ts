import { Refusal } from '../kernel/failure.ts'
import type { Command, CommandGroup } from './command.ts'
import { CommandFailure, UsageError } from './failures.ts'
import { writeHelp } from './help.ts'
import { suggestion } from './suggestion.ts'
import type { World } from './world.ts'

export type { HeldFolder, OpenNode, Output, ServedNode, World } from './world.ts'

const COMMANDS: CommandGroup = {
  kind: 'group',
  summary: 'A node of the cooperation between institutions that share AI as equals.',
  commands: {
    init: async () => (await import('./commands/init.ts')).init,
    serve: async () => (await import('./commands/serve.ts')).serve,
    member: async () => (await import('./commands/member.ts')).member,
    follow: async () => (await import('./commands/follow.ts')).follow,
    follower: async () => (await import('./commands/follower.ts')).follower,
    message: async () => (await import('./commands/message.ts')).message,
    unfollow: async () => (await import('./commands/follow.ts')).unfollow,
    terms: async () => (await import('./commands/follow.ts')).terms,
    following: async () => (await import('./commands/follow.ts')).following,
    'public-good': async () => (await import('./commands/public-good.ts')).publicGood,
    association: async () => (await import('./commands/association.ts')).association,
    agreement: async () => (await import('./commands/agreement.ts')).agreement,
    delivery: async () => (await import('./commands/delivery.ts')).delivery,
    need: async () => (await import('./commands/need.ts')).need,
    offer: async () => (await import('./commands/need.ts')).offer,
    pledge: async () => (await import('./commands/need.ts')).pledge,
    group: async () => (await import('./commands/need.ts')).group,
    ledger: async () => (await import('./commands/ledger.ts')).ledger,
    carry: async () => (await import('./commands/carry.ts')).carry,
    content: async () => (await import('./commands/content.ts')).content,
    user: async () => (await import('./commands/user.ts')).user,
    org: async () => (await import('./commands/org.ts')).org,
    token: async () => (await import('./commands/token.ts')).token,
    round: async () => (await import('./commands/round.ts')).round,
    match: async () => (await import('./commands/match.ts')).match,
    doctor: async () => (await import('./commands/doctor.ts')).doctor,
    rebuild: async () => (await import('./commands/rebuild.ts')).rebuild,
    log: async () => (await import('./commands/log.ts')).log,
    publish: async () => (await import('./commands/publish.ts')).publish,
    get: async () => (await import('./commands/get.ts')).get,
  },
}

/** Exit codes: done, not done, misused, and stopped from outside as shells count it (128 + SIGINT). */
const DONE = 0
const NOT_DONE = 1
const MISUSED = 2
const STOPPED = 130

/**
 * Runs one command line, without the program's name, and resolves to its exit code. What a program reads goes to stdout,
 * what only a person reads to stderr. Rejects on bugs and failing disks only.
 */
export async function runCommandLine(argv: readonly string[], world: World): Promise<number> {
  const { path, target, rest } = await resolve(argv)
  try {
    if (rest.length === 1 && rest[0] === '--version' && target === COMMANDS) {
      world.stdout.write(`${world.version}\n`)
    } else if (asksForHelp(rest)) {
      await writeHelp(world.stdout, path, target)
    } else if (target.kind === 'command') {
      await target.run(rest, world)
    } else {
      throw misused(path, target, rest[0])
    }
    return DONE
  } catch (error) {
    return report(error, path, world)
  }
}

interface Resolved {
  readonly path: string
  readonly target: Command | CommandGroup
  readonly rest: readonly string[]
}

async function resolve(argv: readonly string[]): Promise<Resolved> {
  let resolved: Resolved = {
    path: 'ayni',
    target: COMMANDS,
    rest: argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv,
  }
  for (;;) {
    const { path, target, rest } = resolved
    const [word, ...others] = rest
    const { commands = {} } = target
    if (word === undefined || !Object.hasOwn(commands, word)) break
    const load = commands[word]
    if (!load) break
    resolved = { path: `${path} ${word}`, target: await load(), rest: others }
  }
  return resolved
}

function asksForHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf('--')
  return rest.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h')
}

function misused(path: string, group: CommandGroup, word: string | undefined): UsageError {
  const known = Object.keys(group.commands)
  if (word === undefined) return new UsageError(`Which command? One of ${known.join(', ')}.`)
  return new UsageError(`There is no command “${path} ${word}”.${suggestion(word, known)}`)
}

async function report(error: unknown, path: string, { stderr, signal }: World): Promise<number> {
  if (error instanceof UsageError) {
    stderr.write(`${error.message}\nSee: ${path} --help\n`)
    return MISUSED
  }
  if (error instanceof CommandFailure) {
    stderr.write(`${error.message}\n`)
    return NOT_DONE
  }
  if (error instanceof Refusal) {
    const { createTranslator } = await import('../web/i18n/index.ts') // loaded when something is said, not at each start
    stderr.write(`${createTranslator('en').failure(error.failure)}\n`)
    return NOT_DONE
  }
  if (signal.aborted) {
    stderr.write('Stopped.\n')
    return STOPPED
  }
  if (isSystemError(error)) {
    stderr.write(`${error.message}\n`)
    return NOT_DONE
  }
  throw error
}

/** The operating system said no: a file that is not there, a disk that is full, a host that does not answer. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
