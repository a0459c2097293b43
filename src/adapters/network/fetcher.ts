import { LRUCache } from 'lru-cache'

import type {
  AddressPolicy,
  FetchedResponse,
  Fetcher,
  FetchFailure,
  FetchRequest,
} from '../../kernel/fetcher.ts'
import type { Random } from '../../kernel/random.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock, Millis } from '../../kernel/time.ts'
import type { BodyEnd } from './answer-body.ts'
import { type Connections, openConnections, type Resolve, resolveBySystem } from './connection.ts'
import { type Answer, exchange, isStream } from './exchange.ts'
import { LIMITS, type NetworkLimits } from './limits.ts'
import { addBusy, addFailure, type Trouble } from './patience.ts'
import { type Release, Slots } from './slots.ts'
import { nextTarget, readTarget, type Target } from './target.ts'

export interface FetcherOptions {
  readonly clock: Clock
  readonly random: Random
  /** How names become addresses; the system's way unless given. */
  readonly resolve?: Resolve
  readonly limits?: Partial<NetworkLimits>
  /** PEM certificates to trust beside the system's: those of a ministry's or a network's own authority. */
  readonly trusted?: readonly string[]
}

/** Opens the fetcher. Disposing ends every request, then resolves; bodies being read throw. Takes nothing from the environment. */
export function openFetcher(options: FetcherOptions): Fetcher & Forgiving & AsyncDisposable {
  return new GuardedFetcher(options)
}

/** What an operator may say of a host that failed. */
export interface Forgiving {
  /** Forgets that the host of an address failed or asked for patience: the next request is sent. */
  forgive(url: string): void
}

/** One request on its way through redirects. */
interface Journey {
  readonly request: FetchRequest
  readonly connections: Connections
  readonly signal: AbortSignal
  readonly origin: string
  /** Called when nothing of the request is left. */
  readonly finish: () => void
}

/** One stop of a journey. */
interface Stop {
  readonly target: Target
  readonly startedAt: Millis
  readonly release: Release
}

class GuardedFetcher implements Fetcher, AsyncDisposable {
  readonly #clock: Clock
  readonly #random: Random
  readonly #limits: NetworkLimits
  readonly #end = new AbortController()
  readonly #connections: Readonly<Record<AddressPolicy, Connections>>
  readonly #requests: Slots
  readonly #streams: Slots
  readonly #troubles: LRUCache<string, Trouble>
  readonly #open = new Set<Promise<void>>()

  constructor(options: FetcherOptions) {
    this.#clock = options.clock
    this.#random = options.random
    this.#limits = { ...LIMITS, ...options.limits }
    this.#connections = {
      public: this.#connect('public', options),
      private: this.#connect('private', options),
    }
    this.#requests = new Slots(this.#limits.perHost)
    this.#streams = new Slots(this.#limits.perHost)
    this.#troubles = new LRUCache({ max: this.#limits.hosts })
  }

  async fetch(request: FetchRequest): Promise<Result<FetchedResponse, FetchFailure>> {
    this.#end.signal.throwIfAborted()
    request.signal.throwIfAborted()
    const target = readTarget(request.url)
    if (!target.ok) return target
    const journey = this.#begin(request, target.value.origin)
    try {
      const outcome = await this.#travel(journey, target.value)
      if (!outcome.ok) journey.finish()
      return outcome
    } catch (cause) {
      journey.finish()
      throw cause
    }
  }

  forgive(url: string): void {
    const target = readTarget(url)
    if (target.ok) this.#troubles.delete(target.value.host)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('the fetcher is closed'))
    for (const connections of Object.values(this.#connections)) connections[Symbol.dispose]()
    await Promise.all(this.#open)
  }

  #connect(policy: AddressPolicy, { resolve = resolveBySystem, trusted = [] }: FetcherOptions): Connections {
    const { connectMs } = this.#limits
    return openConnections({ policy, resolve, connectMs, signal: this.#end.signal, trusted })
  }

  /** Joins the request's signal with the fetcher's end, until the request is finished and lets go of both. */
  #begin(request: FetchRequest, origin: string): Journey {
    const joined = new AbortController()
    const ended = Promise.withResolvers<void>()
    const sources = [request.signal, this.#end.signal]
    const listeners = sources.map((source) => ({ source, abort: () => joined.abort(source.reason) }))
    for (const { source, abort } of listeners) source.addEventListener('abort', abort, { once: true })
    this.#open.add(ended.promise)
    const finish = () => {
      for (const { source, abort } of listeners) source.removeEventListener('abort', abort)
      this.#open.delete(ended.promise)
      ended.resolve()
    }
    return { request, connections: this.#connections[request.allow], signal: joined.signal, origin, finish }
  }

  async #travel(journey: Journey, first: Target): Promise<Result<FetchedResponse, FetchFailure>> {
    let target = first
    for (let followed = 0; ; followed++) {
      const stop = await this.#enter(target, journey)
      if (!stop.ok) return stop
      const answer = await this.#ask(stop.value, journey)
      if (!answer.ok) return answer
      const next = this.#turn(answer.value, stop.value, journey.request, followed)
      if (next.ok && next.value === undefined) return this.#arrive(answer.value, stop.value, journey)
      answer.value.drop()
      stop.value.release()
      if (!next.ok) return next
      target = next.value ?? target
    }
  }

  /** Waits for a place at the host, unless it is paused. */
  async #enter(target: Target, { request, signal }: Journey): Promise<Result<Stop, FetchFailure>> {
    const pausedBefore = this.#pauseOf(target)
    if (pausedBefore) return fail(pausedBefore)
    const release = await (isStream(request) ? this.#streams : this.#requests).take(target.host, signal)
    const paused = this.#pauseOf(target) // those ahead of us may have failed
    if (!paused) return succeed({ target, startedAt: this.#clock(), release })
    release()
    return fail(paused)
  }

  #pauseOf({ host }: Target): FetchFailure | undefined {
    const until = this.#troubles.get(host)?.until ?? 0
    return until > this.#clock() ? { reason: 'hostPaused', host, until } : undefined
  }

  async #ask(
    stop: Stop,
    { request, connections, signal, origin }: Journey,
  ): Promise<Result<Answer, FetchFailure>> {
    const isSameOrigin = stop.target.origin === origin
    try {
      const options = {
        target: stop.target,
        request,
        connections,
        limits: this.#limits,
        signal,
        isSameOrigin,
      }
      const answer = await exchange(options)
      if (answer.ok) return answer
      this.#blame(answer.failure, stop)
      stop.release()
      return answer
    } catch (cause) {
      stop.release()
      throw cause
    }
  }

  /** Where an answer leads: on, nowhere (it is the answer), or to a refusal. */
  #turn(answer: Answer, { target, startedAt }: Stop, request: FetchRequest, followed: number) {
    const { status } = answer
    if (status === 429 || status === 503) {
      const retryAfter = answer.header('retry-after')
      const trouble = addBusy(this.#troubles.get(target.host), { ...this.#failed(startedAt), retryAfter })
      this.#troubles.set(target.host, trouble)
      return fail({ reason: 'hostBusy', host: target.host, retryAt: trouble.until } as const)
    }
    const location = answer.header('location')
    return nextTarget({ from: target, method: request.method ?? 'GET', status, location, followed })
  }

  #arrive(answer: Answer, stop: Stop, journey: Journey): Result<FetchedResponse, FetchFailure> {
    const isLong = isStream(journey.request)
    const isHealthy = answer.status < 500
    if (!isHealthy) this.#addFailure(stop)
    else if (isLong) this.#troubles.delete(stop.target.host) // how an open stream ends says little of the host
    return answer.open((end: BodyEnd) => {
      if (end.kind === 'broken' && !isLong) this.#blame(end.failure, stop)
      if (end.kind === 'whole' && isHealthy) this.#troubles.delete(stop.target.host)
      stop.release()
      journey.finish()
    })
  }

  /** Counts a failure against its host, where it is the host's. */
  #blame(failure: FetchFailure, stop: Stop): void {
    switch (failure.reason) {
      case 'hostNotFound':
      case 'hostNotReached':
      case 'hostAnswerBroken':
        return this.#addFailure(stop)
      case 'hostTooSlow':
        return failure.step === 'reader' ? undefined : this.#addFailure(stop)
      case 'unusableAddress':
      case 'refusedAddress':
      case 'refusedRedirect':
      case 'hostAnswerTooLarge':
      case 'hostBusy':
      case 'hostPaused':
        return undefined
    }
  }

  #addFailure({ target, startedAt }: Stop): void {
    this.#troubles.set(target.host, addFailure(this.#troubles.get(target.host), this.#failed(startedAt)))
  }

  #failed(startedAt: Millis) {
    const [byte = 0, next = 0] = this.#random(2)
    return { startedAt, now: this.#clock(), chance: (byte * 256 + next) / 65_536 }
  }
}
