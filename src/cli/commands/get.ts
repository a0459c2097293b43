import { join, resolve } from 'node:path'

import { RepositoryPath } from '../../kernel/names.ts'
import { JSON_OUTPUT, readRepository } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { HUB_ARGS, readNode } from '../hub-arguments.ts'
import { download } from '../hub/download.ts'
import { createHub, type RemoteFile } from '../hub/hub.ts'
import { inParallel } from '../hub/parallel.ts'
import { count, print } from '../print.ts'
import { startProgress } from '../progress.ts'

const FILES_AT_ONCE = 4

/** Brings a model or data set from a node into a folder. */
export const get = defineCommand({
  summary: 'Fetch a model or data set; run it again to go on where it stopped',
  examples: [
    'ayni get nairobi/asr --node http://127.0.0.1:7700',
    'ayni get datasets/nairobi/corpus ./corpus --node https://hub.nairobi.example --revision v1',
  ],
  args: {
    repository: {
      type: 'positional',
      required: true,
      description: 'namespace/name; datasets/ before a data set',
    },
    folder: { type: 'positional', required: false, description: 'Where to put it; by default its name' },
    ...HUB_ARGS,
    revision: {
      type: 'string',
      default: 'main',
      valueHint: 'REVISION',
      description: 'Branch, tag or commit',
    },
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const { id, kind } = readRepository(args.repository, args.type)
    const folder = resolve(args.folder ?? id.slice(id.indexOf('/') + 1))
    const node = readNode(args.node, world)
    const { signal } = world
    const hub = createHub({ node, id, kind, token: args.token ?? world.savedToken, signal })
    const commit = await hub.commitOf(args.revision)
    const files = await Array.fromAsync(hub.files(commit), (file) => ({ ...file, path: safePath(file) }))
    const bytes = files.reduce((total, { size }) => total + size, 0)
    let fetched = 0
    {
      using progress = startProgress(world)
      progress.expect(bytes)
      await inParallel(files, FILES_AT_ONCE, signal, async (file, signal) => {
        progress.show(file.path)
        const wanted = { commit, file, destination: join(folder, file.path) }
        if (await download(hub, wanted, progress, signal)) fetched++
      })
    }
    print(world, args.json, { repository: id, kind, commit, folder, files: files.length, fetched, bytes }, [
      `${id} at ${commit.slice(0, 12)} is in ${folder}: ${count(files.length, 'file')}, ${fetched} fetched now.`,
    ])
  },
})

/** A path from the network leads nowhere but below the folder. */
function safePath({ path }: RemoteFile): RepositoryPath {
  const parsed = RepositoryPath.safeParse(path)
  if (parsed.success) return parsed.data
  throw new CommandFailure(
    `The node lists a file “${path}”, which no repository can hold. Nothing was fetched.`,
  )
}
