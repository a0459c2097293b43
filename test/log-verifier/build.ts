import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { program, succeedIn, temporaryFolder, type Tool } from '../support/index.ts'

const SOURCE = fileURLToPath(new URL('.', import.meta.url))
const GO_HOME = '/usr/lib/go-1.19/bin/go'
export const GO_MODULE = '/usr/share/gocode/src/golang.org/x/mod'

/** Go and the one module that the verifier needs, as Debian packages them. */
export async function findGo(): Promise<Tool<string>> {
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    ) // absent, or as good as that
  if (!(await isThere(GO_MODULE))) return { ok: false, why: 'golang-golang-x-mod-dev is not installed here' }
  return (await isThere(GO_HOME)) ? { ok: true, value: GO_HOME } : program('go')
}

/** The verifier, built into a folder of its own. */
export async function buildVerifier(go: string): Promise<{ readonly path: string } & AsyncDisposable> {
  await using owned = new AsyncDisposableStack()
  const home = owned.use(await temporaryFolder())
  const path = join(home.path, 'log-verifier')
  const env = { GOCACHE: join(home.path, 'cache'), GOFLAGS: '-mod=mod', GOPROXY: 'off', CGO_ENABLED: '0' }
  await succeedIn(go, ['build', '-o', path, '.'], { cwd: SOURCE, env })
  const rest = owned.move()
  return { path, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}
