import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { createRepo, listModels, type RepoDesignation, snapshotDownload, uploadFiles } from '@huggingface/hub'

import type { DemoNode } from './node.ts'

/** A folder to publish under an id. */
export interface Publication {
  readonly repo: { readonly type: 'model' | 'dataset'; readonly name: string }
  readonly folder: string
  /** Names of its files. */
  readonly files: readonly string[]
}

/** Publishes a folder with `@huggingface/hub` as it is. */
export async function publish({ url, token }: DemoNode, { repo, folder, files }: Publication): Promise<void> {
  const hub = { hubUrl: url, accessToken: token, repo: repo satisfies RepoDesignation }
  await createRepo(hub)
  await uploadFiles({
    ...hub,
    commitTitle: 'Publish the example',
    files: files.map((path) => ({ path, content: pathToFileURL(join(folder, path)) })),
  })
}

/** Fetches a repository with `@huggingface/hub` as anybody would, without an account, and compares every byte. */
export async function fetchAndCompare(
  { url }: DemoNode,
  publication: Publication,
  cacheDir: string,
): Promise<void> {
  const { repo, folder, files } = publication
  const fetched = await snapshotDownload({ hubUrl: url, repo, cacheDir })
  for (const path of files) {
    const [sent, got] = await Promise.all([readFile(join(folder, path)), readFile(join(fetched, path))])
    if (!sent.equals(got)) throw new Error(`${repo.name}/${path} came back different`)
  }
}

/** Ids of models that a search finds, as `@huggingface/hub` lists them. */
export async function search({ url }: DemoNode, query: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { name } of listModels({ hubUrl: url, search: { query } })) found.push(name)
  return found
}
