import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { createRepo, uploadFiles } from '@huggingface/hub'

import { logsOf, type Member, until } from '../support/federation.ts'
import { sha256Of } from '../support/index.ts'

export const hubOf = (node: Member, name: string, type: 'model' | 'dataset' = 'model') => ({
  hubUrl: node.url,
  accessToken: node.token,
  repo: { type, name },
})

/** Publishes a large file. */
export async function putFile(node: Member, name: string, path: string, bytes: Uint8Array): Promise<void> {
  await createRepo(hubOf(node, name)).catch(() => {}) // it is there already
  await uploadFiles({ ...hubOf(node, name), files: [{ path, content: new Blob([new Uint8Array(bytes)]) }] })
}

/** The SHA-256 of what a stranger is given, or the status. */
export async function shaAt(node: Member, path: string): Promise<string | number> {
  const answer = await fetch(`${node.url}/${path}`)
  return answer.ok ? sha256Of(new Uint8Array(await answer.arrayBuffer())) : answer.status
}

/** Waits until the newest log of a node is signed over at least so many entries, and over all that was said; how many. */
export async function signedAt(node: Member, least: number): Promise<number> {
  return until(async () => {
    if (!isAtRest(node)) return false
    const { own } = await logsOf(node)
    return own !== undefined && own.size >= least && own.size
  })
}

/** Whether nothing waits for a log, nor for its signature. */
function isAtRest({ dataFolder }: Member): boolean {
  using database = new DatabaseSync(join(dataFolder, 'ayni.db'), { readOnly: true })
  const waiting = database.prepare(
    `select 1 from outgoing_record union all select 1 from log where role = 'own' and signed_size < size`,
  )
  return waiting.get() === undefined
}

interface ImportedLog {
  readonly handle: string
  readonly outcome: string
  readonly reason: string | null
  readonly held: number
  readonly repositories: number
  readonly incomplete: number
}

export async function importAt(node: Member, ...args: readonly string[]) {
  const { code, stdout, stderr } = await node.cli('carry', 'import', ...args, '--json')
  const said = stdout === '' ? null : JSON.parse(stdout)
  return {
    code,
    stderr,
    asOf: said?.asOf as string,
    missingParts: said?.missingParts as number,
    of: (handle: string) =>
      (said?.logs as readonly ImportedLog[] | undefined)?.find((log) => log.handle === handle),
  }
}

export async function exportAt(node: Member, to: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await node.cli('carry', 'export', '--to', to, ...args, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}
