import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

import { RepositoryPath } from '../../kernel/names.ts'
import { CommandFailure } from '../failures.ts'
import type { FileSample } from './hub.ts'

/** A file to publish: where it lies here, and where it goes. */
export interface LocalFile {
  readonly path: RepositoryPath
  readonly location: string
  readonly size: number
}

/** What a fetch leaves beside an unfinished file; never published. */
export const PART_SUFFIX = '.ayni-part'

const SAMPLE_BYTES = 512 // Hugging Face clients send as much
// Never part of what one publishes: version control, and what desktops and clients leave behind.
const LEFT_OUT = new Set(['.git', '.DS_Store', 'Thumbs.db'])
const CLIENTS_CACHE = join('.cache', 'huggingface')

/**
 * The files below a folder, by path. Links to files are followed, as a client's cache consists of them; links to folders are not.
 * A name that no repository can hold ends the command.
 */
export async function filesIn(folder: string): Promise<readonly LocalFile[]> {
  const files: LocalFile[] = []
  await collect(folder, folder, files)
  return files.sort((left, right) => (left.path < right.path ? -1 : 1))
}

async function collect(root: string, folder: string, files: LocalFile[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const location = join(folder, entry.name)
    if (LEFT_OUT.has(entry.name) || location.endsWith(PART_SUFFIX) || location.endsWith(CLIENTS_CACHE))
      continue
    if (entry.isDirectory()) await collect(root, location, files)
    else if (entry.isFile() || entry.isSymbolicLink()) {
      const found = await stat(location)
      if (found.isFile()) files.push({ path: pathIn(root, location), location, size: found.size })
    }
  }
}

function pathIn(root: string, location: string): RepositoryPath {
  const path = RepositoryPath.safeParse(relative(root, location).replaceAll(sep, '/'))
  if (path.success) return path.data
  throw new CommandFailure(
    `${location}: no repository can hold a file of this name. Rename it, then publish again.`,
  )
}

/** What the node is told of a file beforehand. */
export async function sampleOf({ path, location, size }: LocalFile): Promise<FileSample> {
  const file = await open(location)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0)
    return { path, size, sample: buffer.subarray(0, bytesRead).toString('base64') }
  } finally {
    await file.close()
  }
}

/** The folder's own rules for the node: which files are large, which are left out. */
export async function rulesIn(
  files: readonly LocalFile[],
): Promise<{ readonly gitAttributes?: string; readonly gitIgnore?: string }> {
  const read = async (name: string) => {
    const file = files.find(({ path }) => path === name)
    return file && (await readFile(file.location, 'utf8'))
  }
  const [gitAttributes, gitIgnore] = [await read('.gitattributes'), await read('.gitignore')]
  return {
    ...(gitAttributes !== undefined && { gitAttributes }),
    ...(gitIgnore !== undefined && { gitIgnore }),
  }
}
