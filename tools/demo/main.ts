/**
 * The demo: trains a small model, starts three members in `./demo/` that follow one another, publishes the model and its
 * data at the first with the official client, fetches them with both official clients from the others, compares every
 * byte, lets a need be met by what another member offers, says where to click, and stays until it is stopped.
 * Everything but the Python environment is made anew each time.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { matchNeed, type MatchedNeed } from './capacity.ts'
import { writeDatasetFolder, writeModelFolder } from './folders.ts'
import { fetchAndCompare, publish, search, type Publication } from './javascript-client.ts'
import { trainLanguageModel } from './language-model.ts'
import { readCatalogues } from './locales.ts'
import { startDemoNode, type DemoMember, type DemoNode } from './node.ts'
import { pythonIn, runPythonClient } from './python-client.ts'

const ROOT = fileURLToPath(new URL('../../demo/', import.meta.url))
const RUNNING = join(ROOT, 'running')
const SEED = 1

const MEMBERS = {
  nairobi: {
    handle: 'nairobi',
    name: 'Nairobi AI Institute (example)',
    language: 'en',
    colour: 'olive',
    port: 7700,
  },
  quito: {
    handle: 'quito',
    name: 'Instituto de IA de Quito (ejemplo)',
    language: 'es',
    colour: 'cochineal',
    port: 7701,
  },
  cairo: {
    handle: 'cairo',
    name: 'معهد القاهرة للذكاء الاصطناعي (مثال)',
    language: 'ar',
    colour: 'indigo',
    port: 7702,
  },
} as const satisfies Record<string, DemoMember>

type DemoNodes = Readonly<Record<keyof typeof MEMBERS, DemoNode>>

const Revision = z.object({ sha: z.string() })
const Hint = z.object({ logs: z.array(z.object({ origin: z.string(), size: z.int() })) })

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stopping.abort())

console.debug = () => {} // the JavaScript client tells of each file it downloads

const holder = await otherDemo()
if (holder !== null) {
  console.error(`A demo runs already, as process ${holder}. Stop it first.`)
  process.exit(1)
}
try {
  await demo(stopping.signal)
} catch (cause) {
  if (!stopping.signal.aborted) throw cause
}
say('Stopped.')
process.exit(0) // a client may still wait for a node that is gone

async function demo(signal: AbortSignal): Promise<void> {
  await using _place = await takePlace()
  say('Training a language identifier from the messages of this program …')
  const model = trainLanguageModel({ catalogues: await readCatalogues(), seed: SEED })
  const { train, test } = model.split
  say(
    `  learnt from ${train.length} sentences; right on ${(100 * model.accuracy).toFixed(1)} % of ${test.length} others`,
  )
  await using nodes = await startMembers(signal)
  const { nairobi, quito, cairo } = nodes
  const ids = { model: 'nairobi/six-languages', dataset: 'nairobi/messages-in-six-languages' }
  const folders = { model: join(ROOT, 'sent', 'model'), dataset: join(ROOT, 'sent', 'dataset') }
  await writeModelFolder(folders.model, model, ids)
  await writeDatasetFolder(folders.dataset, model, ids)
  const publications = [
    {
      repo: { type: 'dataset', name: ids.dataset },
      folder: folders.dataset,
      files: await readdir(folders.dataset),
    },
    { repo: { type: 'model', name: ids.model }, folder: folders.model, files: await readdir(folders.model) },
  ] as const satisfies readonly Publication[]
  await publishAtHome(nairobi, publications)
  for (const node of [quito, cairo]) await waitForCopies({ home: nairobi, node }, ids, signal)
  const statement = await newestStatement(nairobi)
  await fetchElsewhere(quito, publications)
  await inPython(cairo, ids, folders, signal)
  await promiseToAll(nodes, ids.model, signal)
  const matched = await matchNeed(nodes, join(ROOT, 'sent', 'capacity'), say, signal)
  sayWhereToClick(nodes, { ...ids, statement, ...matched })
  await Promise.race([nairobi.ended, quito.ended, cairo.ended, aborted(signal)])
  if (!signal.aborted) throw new Error('a node ended by itself')
}

/** Three members, each following the two others as equals. Quito keeps everything, the others what somebody asks for. */
async function startMembers(signal: AbortSignal): Promise<DemoNodes & AsyncDisposable> {
  await using owned = new AsyncDisposableStack()
  const begin = async (member: DemoMember) =>
    owned.use(await startDemoNode(join(ROOT, member.handle), member, signal))
  // One after the other: should one fail, those before it are ended.
  const nairobi = await begin(MEMBERS.nairobi)
  const quito = await begin(MEMBERS.quito)
  const cairo = await begin(MEMBERS.cairo)
  for (const { name, url } of [nairobi, quito, cairo]) say(`Started the node of ${name} at ${url}`)
  const all = [nairobi, quito, cairo]
  await Promise.all(
    all.map(async (each) => {
      for (const other of all)
        if (other !== each) await each.follow(other, each === quito ? 'all' : 'on-demand')
    }),
  )
  say('  each follows the two others')
  const rest = owned.move()
  return { nairobi, quito, cairo, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** The process id of a demo that runs in the folder, or null. */
async function otherDemo(): Promise<number | null> {
  const pid = Number(await readFile(RUNNING, 'utf8').catch(() => '0')) // no file: no demo runs
  return pid > 0 && isAlive(pid) ? pid : null
}

/** Makes the folder fresh, but for the Python environment. */
async function takePlace(): Promise<AsyncDisposable> {
  for (const name of [...Object.keys(MEMBERS), 'sent', 'fetched'])
    await rm(join(ROOT, name), { recursive: true, force: true })
  await mkdir(ROOT, { recursive: true })
  await writeFile(RUNNING, String(process.pid))
  return { [Symbol.asyncDispose]: () => rm(RUNNING, { force: true }) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}

async function publishAtHome(home: DemoNode, publications: readonly Publication[]): Promise<void> {
  for (const publication of publications) {
    await publish(home, publication)
    say(`  @huggingface/hub published ${publication.repo.type} ${publication.repo.name} at ${home.handle}`)
  }
}

/** Waits until what was published at its home stands at another node in the same version. */
async function waitForCopies(
  { home, node }: { readonly home: DemoNode; readonly node: DemoNode },
  { model, dataset }: PerKind,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now()
  for (const path of [`datasets/${dataset}`, `models/${model}`]) {
    const published = await commitOf(home, path)
    while ((await commitOf(node, path)) !== published) await delay(50, undefined, { signal })
  }
  say(`  it stands at ${node.handle} ${Math.round(performance.now() - began)} ms later, verified`)
}

/** The commit of a repository's newest version at a node; null where there is none. */
async function commitOf({ url }: DemoNode, path: string): Promise<string | null> {
  const answer = await fetch(`${url}/api/${path}`)
  return answer.ok ? Revision.parse(await answer.json()).sha : null
}

/** Found and fetched where it was not published, with the official client as it is. */
async function fetchElsewhere(node: DemoNode, publications: readonly Publication[]): Promise<void> {
  for (const publication of publications) {
    await fetchAndCompare(node, publication, join(ROOT, 'fetched', 'javascript'))
    const { repo, files } = publication
    say(
      `  @huggingface/hub fetched ${repo.name} from ${node.handle}: ${files.length} files, every byte as published`,
    )
  }
  for (const query of ['language', 'язык', '语言', 'لغة']) {
    if ((await search(node, query)).length === 0) throw new Error(`a search for ${query} finds nothing`)
  }
  say('  and found the model there by a word of its card in English, Russian, Chinese and Arabic')
}

/** Where the newest statement of a node's own log is read on the pages of whoever holds that log. */
async function newestStatement({ url }: DemoNode): Promise<string> {
  const [own] = Hint.parse(await (await fetch(`${url}/.well-known/ayni`)).json()).logs
  if (!own) throw new Error('the node has no log')
  return `/log/${own.origin.slice('ayni/'.length)}/${own.size - 1}`
}

/** The home promises the model to everybody, and looks who really holds it. */
async function promiseToAll({ nairobi }: DemoNodes, model: string, signal: AbortSignal): Promise<void> {
  const holders = Object.keys(MEMBERS).length
  await nairobi.promise(model, holders)
  let found = await nairobi.copies()
  for (; found.looked < holders; found = await nairobi.copies()) await delay(200, undefined, { signal })
  say(`  nairobi promised ${model} to everybody: ${found.verified} of ${holders} copies verified`)
}

interface PerKind {
  readonly model: string
  readonly dataset: string
}

async function inPython(node: DemoNode, ids: PerKind, folders: PerKind, signal: AbortSignal): Promise<void> {
  const python = await pythonIn(join(ROOT, 'python'), signal)
  if (!python.ok) return say(`  huggingface_hub is left out: it cannot be installed here (${python.why})`)
  const scratch = join(ROOT, 'fetched', 'python')
  const env = {
    HF_ENDPOINT: node.url,
    HF_TOKEN: node.token,
    HF_HOME: join(scratch, 'home'),
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
  }
  const again = `${node.handle}/six-languages-from-python`
  const args = [ids.model, ids.dataset, folders.model, folders.dataset, again, scratch]
  const said = await runPythonClient(python.interpreter, args, env, signal)
  for (const line of said.split('\n').filter((line) => line.startsWith('huggingface_hub ')))
    say(`  ${line.replace('huggingface_hub', `at ${node.handle}, huggingface_hub`)}`)
}

interface ToClick extends MatchedNeed {
  readonly model: string
  readonly statement: string
}

function sayWhereToClick(nodes: DemoNodes, { model, statement, round, agreement }: ToClick): void {
  say('\nOpen in a browser:')
  for (const { name, url, language, admin, signInLink } of [nodes.nairobi, nodes.quito, nodes.cairo]) {
    const at = `${url}/${language}`
    say(`
  ${name}
    what it offers          ${at}/models
    the model               ${at}/${model}
    who follows whom        ${at}/members
    promised to everybody   ${at}/${model}/public-good
    a statement, its proof  ${at}${statement}
    needs and offers        ${at}/needs
    the round               ${at}/rounds/${round}
    the agreement           ${at}/agreements/${agreement}
    the ledger              ${at}/ledger`)
    if (signInLink !== null) say(`    sign in as ${admin}, once  ${signInLink}`)
  }
  const { url } = nodes.quito
  say(`
Fetch from another terminal what was published in Nairobi, from Quito:
  HF_ENDPOINT=${url} hf download ${model}
  node bin/ayni.js get ${model} --node ${url}

It runs until you press Ctrl-C. Stop any one of the three, and nothing stops.`)
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function say(text: string): void {
  console.log(text)
}
