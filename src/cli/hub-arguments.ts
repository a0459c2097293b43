import type { RepositoryKind } from '../kernel/names.ts'
import { readUrl } from './arguments.ts'
import { UsageError } from './failures.ts'
import type { World } from './world.ts'

const KINDS: RepositoryKind[] = ['model', 'dataset']

/** Options of the commands that talk to a node over HTTP. */
export const HUB_ARGS = {
  node: { type: 'string', valueHint: 'URL', description: 'Address of the node; by default HF_ENDPOINT' },
  token: {
    type: 'string',
    valueHint: 'TOKEN',
    description: 'Token to use; by default HF_TOKEN, else what "hf auth login" stored',
  },
  type: {
    type: 'enum',
    options: KINDS,
    description: 'Kind of repository; by default a model',
  },
} as const

/** The node to talk to, without a trailing slash. */
export function readNode(typed: string | undefined, { savedNode }: Pick<World, 'savedNode'>): string {
  const node = typed ?? savedNode
  if (node === undefined) throw new UsageError('The option --node needs the address of a node.')
  return readUrl(node, '--node')
}
