import type { ServedNode } from '../cli/main.ts'
import { createSigner } from '../content/index.ts'
import { ReadCache } from '../database/index.ts'
import type { Lookup } from '../features/share/index.ts'
import { createApp } from '../http/app.ts'
import { remoteAddress } from '../http/remote-address.ts'
import { surfaces } from '../http/surfaces.ts'
import { createTranslators } from '../web/i18n/index.ts'
import { createCardRenderer, createSite } from '../web/index.ts'
import { visit } from '../web/visits/index.ts'
import { administered, type Node } from './open-node.ts'

/** How often download counts are written, in milliseconds. */
const FLUSH_EVERY = 5000

/** Puts the surfaces on a node, after mending what an interrupted run left. */
export async function wireNode(node: Node, version: string): Promise<ServedNode> {
  await using owned = new AsyncDisposableStack()
  owned.use(node)
  await node.recover()
  owned.use(node.writeLogs())
  owned.use(node.keepUp())
  owned.use(node.checkCopies())
  owned.use(node.sendMessages())
  owned.use(node.openEvidence())
  owned.use(node.grantSmallNeeds())
  const { accounts, assertions, random, log } = node
  const flush = () =>
    node.share.downloads
      .flush()
      .catch((error: unknown) => log.error({ err: error }, 'download counts not written'))
  const flushing = setInterval(() => void flush(), FLUSH_EVERY)
  owned.defer(() => clearInterval(flushing))
  const deps = { ...node, lookups: new ReadCache<Lookup>(node.database, 10_000) }
  const cards = owned.use(createCardRenderer())
  const site = createSite({ ...node, cards, remoteOf: remoteAddress, visit: (actor) => visit(deps, actor) })
  const routes = [...surfaces({ ...deps, signer: createSigner(node), version }), site]
  const app = createApp({ accounts, assertions, random, log, translators: createTranslators(), routes })
  const rest = owned.move()
  return { ...administered(node), app, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}
