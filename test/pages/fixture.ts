/** A node in memory whose pages can all be drawn: for tests of the site, and for nothing else. */
import { Hono } from 'hono'

import type { Actor, LinkPurpose } from '../../src/features/accounts/index.ts'
import type { HttpEnvironment } from '../../src/http/context.ts'
import { failure } from '../../src/kernel/failure.ts'
import { MemberId, Name, type Origin } from '../../src/kernel/names.ts'
import { fail, succeed, type Result } from '../../src/kernel/result.ts'
import { DAY } from '../../src/kernel/time.ts'
import type { RepositoryHead } from '../../src/web/components/repository-frame.tsx'
import { createTranslators } from '../../src/web/i18n/index.ts'
import { createCardRenderer, createSite, type Visit } from '../../src/web/index.ts'
import type { CatalogueView } from '../../src/web/pages/catalogue.tsx'
import type { HomeView } from '../../src/web/pages/home.tsx'
import type { LogView } from '../../src/web/pages/log.tsx'
import type { RepositoryReference } from '../../src/web/paths.ts'
import {
  AGREEMENT_IDS,
  agreementsView,
  agreementView,
  deliverView,
  DRAFT,
  DRAFTING,
  TRIED,
  TYPED,
} from './agreement-data.ts'
import {
  ASSOCIATION_ENTRY,
  associationView,
  charterDraft,
  FOUNDING,
  ROSTER_DRAFT,
  CANDIDATE,
  CARD,
  CATALOGUE,
  COMMITS,
  COPY_HEAD,
  COPY_HOLDING,
  COPY_ID,
  EMPTY_CATALOGUE,
  EMPTY_HOME,
  EMPTY_LOG,
  EMPTY_MEMBERS,
  EMPTY_STORAGE,
  ENTRIES,
  ERASED,
  FILES,
  ARRIVING_ID,
  FOLLOWED_ID,
  HEAD,
  HELD_LOG,
  HOME,
  INSTITUTE,
  logView,
  membersView,
  memberView,
  NOW,
  OFFER,
  OWN_ID,
  OWN_LOG,
  PEOPLE,
  PROMISED,
  recordView,
  REFERENCES,
  REPOSITORY,
  REQUESTS,
  SENT_REQUESTS,
  SETTINGS,
  STORAGE,
  TENSOR_FILES,
  TENSORS,
  TERMS_IN_FORCE,
} from './fixture-data.ts'
import { needVisit } from './fixture-needs.ts'
import { benefitsView, ledgerView, overviewView } from './ledger-fixture.ts'
import { announcement, ANNOUNCING, NO_ROUNDS, roundsView, roundView } from './round-fixture.ts'

/** How much the node holds. */
export type Stage = 'not-set-up' | 'empty' | 'full'

/** The cookie of the fixture's operator. */
export const OPERATOR_COOKIE = 'token=operator'

/** A node's front door over made-up contents. What was asked of it is in `asked`. */
export function createFixture(stage: Stage = 'full', home: Partial<HomeView> = {}) {
  const asked: { readonly command: string; readonly input: unknown }[] = []
  const cards = createCardRenderer()
  let drawn = 0
  const site = createSite({
    clock: () => NOW,
    random: (length) => new Uint8Array(length).fill((drawn += 1)),
    cards,
    remoteOf: () => '192.0.2.1',
    visit: (actor) => Promise.resolve(visitOf(stage, actor, asked, home)),
  })
  const translators = createTranslators()
  const app = new Hono<HttpEnvironment>()
  app.use((c, next) => {
    c.set('translators', translators)
    c.set('actor', actorOf(c.req.header('cookie')))
    return next()
  })
  app.route('/', site)
  return { app, asked, [Symbol.asyncDispose]: () => cards[Symbol.asyncDispose]() }
}

function actorOf(cookie: string | undefined): Actor {
  if (cookie?.includes(OPERATOR_COOKIE) !== true) return { kind: 'anonymous' }
  const name = Name.parse('wanjiru')
  return {
    kind: 'user',
    userId: '1',
    name,
    fullName: 'Wanjirũ Kamau',
    isOperator: true,
    via: 'session',
    scope: 'write',
  }
}

function visitOf(
  stage: Stage,
  actor: Actor,
  asked: { command: string; input: unknown }[],
  home: Partial<HomeView>,
): Visit {
  const isSignedIn = actor.kind === 'user'
  const isFull = stage === 'full'
  function accept<Value>(command: string, input: unknown, value: Value): Promise<Result<Value>> {
    asked.push({ command, input })
    return Promise.resolve(succeed(value))
  }
  function guarded<View>(view: View): Promise<Result<View>> {
    return Promise.resolve(isSignedIn ? succeed(view) : fail(failure('signInRequired')))
  }
  function about<View>(
    repository: RepositoryReference,
    view: (head: RepositoryHead) => View,
  ): Promise<Result<View>> {
    if (isFull && repository.id === COPY_ID) return Promise.resolve(succeed(view(COPY_HEAD)))
    if (!isFull || repository.id.toLowerCase() !== 'nairobi/silero-vad') {
      return Promise.resolve(fail(failure(isSignedIn ? 'repositoryNotFound' : 'repositoryHidden')))
    }
    return Promise.resolve(succeed(view({ ...HEAD, mayAdminister: isSignedIn })))
  }
  const session = { secret: 'operator', expiresAt: NOW + 30 * DAY }
  const link = { key: 'K3y0nc30n1y', expiresAt: NOW + 7 * DAY }
  return {
    node:
      stage === 'not-set-up'
        ? { name: 'Ayni', handle: '', memberId: null, colour: 'cochineal', isSetUp: false }
        : {
            name: INSTITUTE.fullName,
            handle: INSTITUTE.name,
            memberId: OWN_ID,
            colour: 'olive',
            isSetUp: true,
          },
    viewer: isSignedIn ? { name: actor.name, fullName: actor.fullName, isOperator: actor.isOperator } : null,
    catalogue: {
      home: () => Promise.resolve({ ...(isFull ? HOME : EMPTY_HOME), ...home }),
      search: (query) =>
        Promise.resolve<CatalogueView>(
          isFull && query.search !== 'xyzzy' ? { ...CATALOGUE, query } : { ...EMPTY_CATALOGUE, query },
        ),
      account: (name) =>
        Promise.resolve(
          isFull && name === 'nairobi'
            ? succeed({
                ...INSTITUTE,
                kind: 'organisation',
                models: ENTRIES,
                datasets: [],
                modelCount: 12,
                datasetCount: 0,
                members: [{ name: 'wanjiru', fullName: 'Wanjirũ Kamau' }],
              } as const)
            : fail(failure('accountNotFound')),
        ),
    },
    repositories: {
      overview: (repository) =>
        about(repository, (head) => ({
          view: { ...REPOSITORY, head, holding: head.copy && COPY_HOLDING },
          card: CARD,
        })),
      files: (repository, revision, path, page) =>
        about(repository, (head) => ({
          head: { ...head, revision: revision ?? 'main' },
          references: REFERENCES,
          path,
          entries: path === '' ? FILES : [],
          page,
          pages: 1,
        })),
      file: (repository, _revision, path) =>
        about(repository, (head) => ({
          head,
          references: REFERENCES,
          path,
          sizeBytes: path === 'README.md' ? 812 : 1_239_748,
          sha256: path === 'README.md' ? null : '5d1b3f'.padEnd(64, '0'),
          preview:
            path === 'README.md'
              ? ({ kind: 'markdown', text: CARD, isCut: false } as const)
              : path === 'LICENSE'
                ? ({
                    kind: 'text',
                    text: 'MIT License\n\nCopyright (c) 2020-present Silero Team',
                    isCut: true,
                  } as const)
                : ({ kind: 'none' } as const),
          erased: path === 'erased.bin' ? ERASED : null,
          offer: isSignedIn && path !== 'erased.bin' ? OFFER : null,
        })),
      erase: (repository, _revision, path, reason) =>
        accept('erase', { repository, path, reason }, undefined),
      tensors: (repository, _revision, page) =>
        about(repository, (head) => ({ head, files: TENSOR_FILES, tensors: TENSORS, page, pages: 3 })),
      commits: (repository, _revision, page) =>
        about(repository, (head) => ({ head, references: REFERENCES, commits: COMMITS, page, pages: 1 })),
      commit: (repository) =>
        about(repository, (head) => ({
          head,
          commit: COMMITS[0],
          body: 'Converted from the published ONNX file; outputs agree to six digits.',
          parents: ['b0bb1e00b0bb1e00b0bb1e00b0bb1e00b0bb1e00'],
          changes: [
            { kind: 'added', path: 'silero_vad_16k.safetensors', sizeBytes: 1_239_748 },
            { kind: 'changed', path: 'README.md', sizeBytes: 812 },
            { kind: 'removed', path: 'old/model.bin', sizeBytes: null },
          ],
          changeCount: 3,
        })),
      head: (repository) => about(repository, (head) => head),
      settings: (repository) =>
        about(repository, (head) => ({ head, namespaces: ['wanjiru', 'nairobi'], requests: REQUESTS })),
      namespaces: () => Promise.resolve(isSignedIn ? ['wanjiru', 'nairobi'] : []),
      create: (input) =>
        String(input.name) === 'silero-vad'
          ? Promise.resolve(
              fail(failure('repositoryExists', { kind: input.kind, name: 'nairobi/silero-vad' }, 'name')),
            )
          : accept('create', input, { kind: input.kind, id: `${input.namespace}/${input.name}` }),
      changeAccess: (_repository, input) => accept('changeAccess', input, undefined),
      decide: (_repository, request, decision) => accept('decide', { request, ...decision }, undefined),
      move: (repository, to) =>
        accept('move', to, { kind: repository.kind, id: `${to.namespace}/${to.name}` }),
      remove: (repository) => accept('remove', repository, undefined),
    },
    publicGoods: {
      list: () => Promise.resolve(isFull ? [PROMISED] : []),
      show: (repository) =>
        about(repository, (head) => ({
          head,
          promised: PROMISED,
          isWaiting: false,
          mayPromise: isSignedIn,
          licence: 'mit',
        })),
      promise: (repository, terms) =>
        terms.holders > 0
          ? accept('promise', { repository, terms }, undefined)
          : Promise.resolve(fail(failure('invalidField', { field: 'holders' }, 'holders'))),
    },
    log: {
      open: (origin, before) => Promise.resolve(logOf(stage, origin, before)),
      record: (origin, position) => {
        const view = isFull && isLogHere(origin) ? recordView(origin, position) : null
        return Promise.resolve(view ? succeed(view) : fail(failure('pageNotFound')))
      },
      retract: (origin, position, reason) => accept('retract', { origin, position, reason }, undefined),
    },
    ledger: {
      overview: () => Promise.resolve(overviewView(isFull, isSignedIn)),
      ledger: (query) => Promise.resolve(ledgerView(query, isFull)),
      benefits: () => Promise.resolve(benefitsView(isFull)),
    },
    associations: {
      list: () => Promise.resolve(isFull ? [ASSOCIATION_ENTRY] : []),
      show: (id) =>
        Promise.resolve(
          isFull && id === ASSOCIATION_ENTRY.id
            ? succeed(associationView(isSignedIn))
            : fail(failure('associationNotFound', { name: id })),
        ),
      say: async (id, words) => {
        if (!isSignedIn) return fail(failure('signInRequired'))
        if (words.add.includes('nobody')) return fail(failure('memberUnknown', { member: 'nobody' }, 'add'))
        return accept('sayOfAssociation', { id, ...words }, undefined)
      },
      draftRoster: async (_id, words) =>
        words.add.includes('nobody')
          ? fail(failure('memberUnknown', { member: 'nobody' }, 'add'))
          : succeed(ROSTER_DRAFT),
      founding: () => guarded(FOUNDING),
      draft: async (_as, founding) =>
        founding.name === ''
          ? fail(failure('invalidField', { field: 'name' }, 'name'))
          : guarded(charterDraft(founding)),
      found: (as, founding) => accept('foundAssociation', { as, ...founding }, undefined),
    },
    agreements: {
      list: () =>
        Promise.resolve(
          isFull ? agreementsView(isSignedIn) : { agreements: [], drafts: [], maySpeak: isSignedIn },
        ),
      show: (id) => {
        const view = isFull ? agreementView(id, isSignedIn) : null
        return Promise.resolve(view ? succeed(view) : fail(failure('agreementNotFound')))
      },
      isBeingSigned: (id) => Promise.resolve(id === 'waiting'),
      say: (id, words) => accept('sayOfAgreement', { id, ...words }, undefined),
      tellContact: (id, as, contact) =>
        contact === ''
          ? Promise.resolve(fail(failure('invalidField', { field: 'contact' }, 'contact')))
          : accept('tellContact', { id, as, contact }, undefined),
      owed: () => guarded(deliverView()),
      tryDelivery: async (_id, typed) =>
        typed.path === 'missing'
          ? fail(failure('evidenceNotHere', {}, 'evidence'))
          : guarded(typed.path === '' && typed.revision === '' ? { evidence: [], shown: 0n } : TRIED),
      deliver: (id, typed) => accept('deliver', { id, ...typed }, undefined),
      drafting: () => guarded(DRAFTING),
      begin: () => guarded(TYPED),
      change: () => guarded({ ...TYPED, draft: DRAFT.id }),
      preview: async (typed) =>
        typed.title === ''
          ? fail(failure('invalidField', { field: 'title' }, 'title'))
          : guarded({ parties: DRAFT.parties, body: { ...DRAFT.body, title: typed.title } }),
      keep: (typed) => accept('keepDraft', typed, DRAFT.id),
      propose: (typed) => accept('propose', typed, AGREEMENT_IDS.proposed),
      draft: () => guarded(DRAFT),
      send: async (_as, _id, note) =>
        note === 'unreachable' ? fail(failure('notReachable')) : accept('sendDraft', note, undefined),
      drop: (_as, id) => accept('dropDraft', id, undefined),
      proposeDraft: (_as, id) => accept('proposeDraft', id, AGREEMENT_IDS.proposed),
    },
    needs: needVisit(isFull, isSignedIn, asked),
    rounds: {
      list: () => Promise.resolve(isFull ? roundsView(isSignedIn) : NO_ROUNDS),
      show: (id) => {
        const shown = isFull ? roundView(id, isSignedIn) : null
        return Promise.resolve(shown ? succeed(shown) : fail(failure('roundNotFound', { id })))
      },
      state: async (id, as, act) =>
        isSignedIn ? accept('stateRound', { id, as, act }, undefined) : fail(failure('signInRequired')),
      file: async (id) => (isFull ? succeed('{}\n') : fail(failure('roundNotFound', { id }))),
      announcing: () => guarded(ANNOUNCING),
      draft: async (_as, { title }) =>
        title === ''
          ? fail(failure('invalidField', { field: 'title' }, 'title'))
          : guarded(announcement(title)),
      announce: (as, draft) => accept('announceRound', { as, ...draft }, undefined),
    },
    members: {
      list: (page) =>
        Promise.resolve(
          page > 2 ? fail(failure('pageNotFound')) : succeed(isFull ? membersView(page) : EMPTY_MEMBERS),
        ),
      member: (memberId) => {
        const view = isFull ? memberView(memberId, isSignedIn) : null
        return Promise.resolve(view ? succeed(view) : fail(failure('pageNotFound')))
      },
      publisherOf: (namespace) => Promise.resolve(namespace === 'quito' && isFull ? FOLLOWED_ID : null),
      inspect: async (address) => {
        if (address.url.includes('10.0.0.7') && !address.allowPrivate)
          return fail(failure('refusedAddress', { host: '10.0.0.7' }, 'url'))
        if (!address.url.includes('lima')) return fail(failure('noNodeThere', {}, 'url'))
        return guarded(CANDIDATE)
      },
      follow: async (input) => {
        if (!isSignedIn) return fail(failure('signInRequired'))
        if (input.memberId !== CANDIDATE.memberId) return fail(failure('otherMember'))
        return accept('follow', input, undefined)
      },
      toChange: async (memberId) => {
        const view = memberView(memberId, isSignedIn)
        return view ? guarded({ member: view.member, terms: TERMS_IN_FORCE }) : fail(failure('notFollowed'))
      },
      changeTerms: async (memberId, terms) =>
        isSignedIn
          ? accept('changeTerms', { memberId, ...terms }, memberId)
          : fail(failure('signInRequired')),
      retry: async (memberId) =>
        memberId === FOLLOWED_ID || memberId === ARRIVING_ID
          ? accept('retry', memberId, { memberId, isAnswered: memberId === FOLLOWED_ID })
          : fail(failure('hostNotReached', { host: 'cairo.example' })),
      toUnfollow: async (memberId) => {
        const view = memberView(memberId, isSignedIn)
        return view ? guarded(view.member) : fail(failure('notFollowed'))
      },
      unfollow: (memberId) => accept('unfollow', memberId, undefined),
      allowFollower: (url) => accept('allowFollower', url, undefined),
    },
    access: {
      sent: () => guarded(SENT_REQUESTS),
      ask: (wish) => accept('ask', wish, undefined),
      withdraw: (id) => accept('withdraw', id, undefined),
    },
    accounts: {
      signIn: (input) =>
        input.password === 'correct horse battery'
          ? accept('signIn', input, session)
          : Promise.resolve(fail(failure('wrongPassword'))),
      signOut: async (secret) => {
        await accept('signOut', secret, undefined)
      },
      linkPurpose: (key) => Promise.resolve(linkPurposeOf(key)),
      setUp: (input) => accept('setUp', input, { session, ...FOUNDED }),
      choosePassword: (input) =>
        input.password.length < 10
          ? Promise.resolve(fail(failure('weakPassword', { minimum: 10 }, 'password')))
          : accept('choosePassword', input, session),
      settings: () => guarded(SETTINGS),
      rename: (fullName) => accept('rename', fullName, undefined),
      changePassword: (input) => accept('changePassword', input, session),
      createToken: (input) => accept('createToken', input, 'hf_abcdefghijklmnopqrstuvwxyz01234567'),
      revokeToken: (id) => accept('revokeToken', id, undefined),
      setColour: (member, colour) => accept('setColour', { member, colour }, undefined),
      setCountry: (member, country) => accept('setCountry', { member, country }, undefined),
    },
    operation: {
      people: () => guarded(PEOPLE),
      addPerson: (input) => accept('addPerson', input, link),
      makeLink: (name) => accept('makeLink', name, link),
      setOperator: (name, isOperator) => accept('setOperator', { name, isOperator }, undefined),
      removePerson: (name) => accept('removePerson', name, undefined),
      addOrganisation: (input) => accept('addOrganisation', input, undefined),
      setRole: (input) => accept('setRole', input, undefined),
      storage: (page) => guarded({ ...(isFull ? STORAGE : EMPTY_STORAGE), page }),
    },
  }
}

const isLogHere = (origin: Origin) => origin === OWN_LOG || origin === HELD_LOG

function logOf(stage: Stage, origin: Origin | null, before: number | null): Result<LogView> {
  if (stage === 'not-set-up') return succeed({ logs: [], shown: null, clockDoubt: null })
  if (stage === 'empty') return succeed(EMPTY_LOG)
  if (origin !== null && !isLogHere(origin)) return fail(failure('pageNotFound'))
  return succeed(logView(origin ?? OWN_LOG, before))
}

/** As they are printed, but nobody's. */
export const RECOVERY_KEYS = ['aaaa-1', 'bbbb-2', 'cccc-3']
const FOUNDED = {
  memberId: MemberId.parse(`m${'a'.repeat(32)}`),
  recoveryKeys: RECOVERY_KEYS,
  recoveryThreshold: 2,
}

function linkPurposeOf(key: string): Result<LinkPurpose> {
  if (key === 'fresh') return succeed({ kind: 'set-up' })
  if (key === 'person')
    return succeed({ kind: 'password', name: Name.parse('otieno'), fullName: 'Otieno Odhiambo' })
  return fail(failure('linkExpired'))
}
