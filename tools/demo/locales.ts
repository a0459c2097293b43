import { glob, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import type { Catalogues } from './sentences.ts'

const Messages = z.record(z.string(), z.string())

/** The message catalogues of the pages, `locales/*.json`, by language. */
export async function readCatalogues(): Promise<Catalogues> {
  const folder = fileURLToPath(new URL('../../locales/', import.meta.url))
  const catalogues: Record<string, z.infer<typeof Messages>> = {}
  for await (const name of glob('*.json', { cwd: folder }))
    catalogues[basename(name, '.json')] = Messages.parse(
      JSON.parse(await readFile(`${folder}${name}`, 'utf8')),
    )
  return catalogues
}
