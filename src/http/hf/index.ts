/** The Hugging Face HTTP API, for clients that nobody changed. */
import { Hono } from 'hono'

import type { HttpEnvironment } from '../context.ts'
import { accessRequestRoutes } from './access-requests.ts'
import { commitRoutes } from './commit.ts'
import type { HuggingFaceDeps } from './deps.ts'
import { informationRoutes } from './information.ts'
import { notBuiltRoutes } from './not-built.ts'
import { repositoryRoutes } from './repositories.ts'
import { resolveRoutes } from './resolve.ts'
import { revisionRoutes } from './revisions.ts'
import { unknownRoutes } from './unknown.ts'

export function huggingFaceRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  for (const routes of [
    resolveRoutes(deps),
    informationRoutes(deps),
    revisionRoutes(deps),
    commitRoutes(deps),
    accessRequestRoutes(deps),
    repositoryRoutes(deps),
    notBuiltRoutes(),
    unknownRoutes(),
  ]) {
    app.route('/', routes)
  }
  return app
}
