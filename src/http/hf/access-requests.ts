import { Hono } from 'hono'
import { z } from 'zod'

import {
  type AccessRequest,
  LONGEST_CONTACT,
  LONGEST_PURPOSE,
  LONGEST_REASON,
} from '../../features/letters/index.ts'
import { failure } from '../../kernel/failure.ts'
import { RepositoryId, type RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { access } from '../access.ts'
import { addressOf, kindOf } from '../address.ts'
import { matchSchema, readJson, readText } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import type { HuggingFaceDeps } from './deps.ts'

const Handled = z.object({
  user: z.string().max(300),
  status: z.enum(['pending', 'accepted', 'rejected']),
  rejectionReason: z.string().max(LONGEST_REASON).nullish(),
})
const Granted = z.object({ user: z.string().max(300) })
const Asked = z.object({
  purpose: z.string().max(LONGEST_PURPOSE).default(''),
  contact: z.string().max(LONGEST_CONTACT).default(''),
})
const LONGEST_FORM = 64 * 1024

/** Who may read the files of a gated repository, or a private one: asking, and deciding (contract §1.11). */
export function accessRequestRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const { requests } = deps
  const base = '/api/:kind{(?:models|datasets)}/:namespace/:name/user-access-request'
  const governed = (c: RequestContext) =>
    access(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')), 'admin')

  app.get(`${base}/:status{(?:pending|accepted|rejected)}`, async (c) => {
    const found = await governed(c)
    if (!found.ok) return refuse(c, found.failure)
    const status = z.enum(['pending', 'accepted', 'rejected']).parse(c.req.param('status'))
    const asked = await requests.listFor(found.value.repository.id, status)
    return c.json(asked.map(presentRequest))
  })

  app.post(`${base}/handle`, async (c) => {
    const found = await governed(c)
    if (!found.ok) return refuse(c, found.failure)
    const body = await readJson(c, Handled)
    if (!body.ok) return refuse(c, body.failure)
    const { user, status, rejectionReason } = body.value
    const decision = { status, reason: rejectionReason ?? '' }
    const decided = await requests.decide(found.value.repository, user, decision)
    return decided.ok ? c.json({}) : refuse(c, decided.failure)
  })

  app.post(`${base}/grant`, async (c) => {
    const found = await governed(c)
    if (!found.ok) return refuse(c, found.failure)
    const body = await readJson(c, Granted)
    if (!body.ok) return refuse(c, body.failure)
    const granted = await requests.grant(found.value.repository, body.value.user)
    return granted.ok ? c.json({}) : refuse(c, granted.failure)
  })

  app.post('/datasets/:namespace/:name/ask-access', (c) => ask(c, 'dataset'))
  app.post('/:namespace/:name/ask-access', (c) => ask(c, 'model'))

  async function ask(c: RequestContext, kind: RepositoryKind): Promise<Response> {
    const actor = c.get('actor')
    if (actor.kind === 'anonymous') return refuse(c, failure('signInRequired'))
    if (actor.scope !== 'write') return refuse(c, failure('readOnlyToken'))
    const repository = RepositoryId.safeParse(addressOf(c, kind).id)
    if (!repository.success) return refuse(c, failure('repositoryNotFound'))
    const said = await readAsked(c)
    if (!said.ok) return refuse(c, said.failure)
    const asked = await requests.ask(actor, { kind, repository: repository.data, ...said.value })
    return asked.ok ? c.json({}) : refuse(c, asked.failure)
  }

  return app
}

/** A form, as browsers send it, or JSON. */
async function readAsked(c: RequestContext): Promise<Result<z.infer<typeof Asked>>> {
  if (c.req.header('content-type')?.startsWith('application/json')) return readJson(c, Asked, LONGEST_FORM)
  const text = await readText(c, LONGEST_FORM)
  if (!text.ok) return fail(text.failure)
  const said = matchSchema(Object.fromEntries(new URLSearchParams(text.value)), Asked)
  return said.ok ? succeed(said.value) : said
}

function presentRequest({
  id,
  name,
  fullName,
  memberId,
  role,
  purpose,
  contact,
  status,
  askedAt,
}: AccessRequest) {
  return {
    user: { _id: id, user: name, fullname: fullName, type: 'user' },
    status,
    timestamp: isoTime(askedAt),
    fields: {
      purpose,
      role,
      ...(contact !== null && { contact }),
      ...(memberId !== null && { member: memberId }),
    },
  }
}
