import { Hono } from 'hono'

import { failure } from '../../kernel/failure.ts'
import type { HttpEnvironment } from '../context.ts'
import { refuse } from '../refuse.ts'

/** What clients may ask for that this node does not do yet: said with 501 and a sentence, never pretended. */
const NOT_BUILT: readonly (readonly [pattern: string, feature: string])[] = [
  ['/oauth/*', 'device sign-in'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/duplicate', 'duplicating repositories'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/lfs-files', 'listing stored files'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/lfs-files/*', 'listing stored files'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/discussions', 'discussions'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/discussions/*', 'discussions'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/like', 'likes'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/likers', 'likes'],
  ['/api/users/:user/likes', 'likes'],
  ['/api/:kind{(?:models|datasets)}/:namespace/:name/compare/*', 'comparing revisions'],
  ['/api/collections', 'collections'],
  ['/api/collections/*', 'collections'],
  ['/api/settings/webhooks', 'webhooks'],
  ['/api/settings/webhooks/*', 'webhooks'],
  ['/api/settings/repositories', 'storage listings'],
  ['/api/organizations/:namespace/settings/repositories', 'storage listings'],
  ['/api/spaces', 'spaces'],
  ['/api/spaces/*', 'spaces'],
  ['/api/buckets/*', 'buckets'],
  ['/api/kernels/*', 'kernels'],
  ['/api/jobs/*', 'jobs'],
  ['/api/papers/*', 'papers'],
  ['/api/daily_papers', 'papers'],
  ['/:namespace/:name/info/refs', 'git over HTTP'],
  ['/:namespace/:name/git-upload-pack', 'git over HTTP'],
  ['/:namespace/:name/git-receive-pack', 'git over HTTP'],
  ['/datasets/:namespace/:name/info/refs', 'git over HTTP'],
  ['/datasets/:namespace/:name/git-upload-pack', 'git over HTTP'],
  ['/datasets/:namespace/:name/git-receive-pack', 'git over HTTP'],
]

export function notBuiltRoutes(): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  for (const [pattern, feature] of NOT_BUILT)
    app.all(pattern, (c) => refuse(c, failure('notBuilt', { feature })))
  return app
}
