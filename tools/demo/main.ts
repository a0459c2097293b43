/**
 * The demo: trains a small model, starts a node in `./demo/`, publishes the model and its data with both official
 * clients, fetches them back, compares every byte, says where to click, and stays until it is stopped.
 * Everything but the Python environment is made anew each time.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { writeDatasetFolder, writeModelFolder } from './folders.ts'
import { fetchAndCompare, publish, search, type Publication } from './javascript-client.ts'
import { trainLanguageModel } from './language-model.ts'
import { readCatalogues } from './locales.ts'
import { startDemoNode, type DemoNode } from './node.ts'
import { pythonIn, runPythonClient } from './python-client.ts'

const ROOT = fileURLToPath(new URL('../../demo/', import.meta.url))
const RUNNING = join(ROOT, 'running')
const SEED = 1

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
  await using node = await startDemoNode(join(ROOT, 'data'), signal)
  say(`Started a node of an example member at ${node.url}`)
  const ids = { model: `${node.handle}/six-languages`, dataset: `${node.handle}/messages-in-six-languages` }
  const folders = { model: join(ROOT, 'sent', 'model'), dataset: join(ROOT, 'sent', 'dataset') }
  await writeModelFolder(folders.model, model, ids)
  await writeDatasetFolder(folders.dataset, model, ids)
  await inJavaScript(node, [
    {
      repo: { type: 'dataset', name: ids.dataset },
      folder: folders.dataset,
      files: await readdir(folders.dataset),
    },
    { repo: { type: 'model', name: ids.model }, folder: folders.model, files: await readdir(folders.model) },
  ])
  await inPython(node, ids, folders, signal)
  sayWhereToClick(node, ids)
  await Promise.race([node.ended, aborted(signal)])
  if (!signal.aborted) throw new Error('the node ended by itself')
}

/** The process id of a demo that runs in the folder, or null. */
async function otherDemo(): Promise<number | null> {
  const pid = Number(await readFile(RUNNING, 'utf8').catch(() => '0')) // no file: no demo runs
  return pid > 0 && isAlive(pid) ? pid : null
}

/** Makes the folder fresh, but for the Python environment. */
async function takePlace(): Promise<AsyncDisposable> {
  for (const name of ['data', 'sent', 'fetched']) await rm(join(ROOT, name), { recursive: true, force: true })
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

async function inJavaScript(node: DemoNode, publications: readonly Publication[]): Promise<void> {
  for (const publication of publications) {
    await publish(node, publication)
    await fetchAndCompare(node, publication, join(ROOT, 'fetched', 'javascript'))
    const { repo, files } = publication
    say(
      `  @huggingface/hub published ${repo.type} ${repo.name} and fetched its ${files.length} files, every byte as sent`,
    )
  }
  for (const query of ['language', 'язык', '语言', 'لغة']) {
    if ((await search(node, query)).length === 0) throw new Error(`a search for ${query} finds nothing`)
  }
  say('  and found the model by a word of its card in English, Russian, Chinese and Arabic')
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
  const args = [ids.model, ids.dataset, folders.model, folders.dataset, `${ids.model}-from-python`, scratch]
  const said = await runPythonClient(python.interpreter, args, env, signal)
  for (const line of said.split('\n').filter((line) => line.startsWith('huggingface_hub '))) say(`  ${line}`)
}

function sayWhereToClick(node: DemoNode, { model, dataset }: PerKind): void {
  say(`
Open in a browser:
  ${node.url}/                 the node; also /ar/ /zh/ /fr/ /ru/ /es/
  ${node.url}/${model}
  ${node.url}/datasets/${dataset}
${node.signInLink === null ? '' : `\nSign in as ${node.admin}, once, to choose a password:\n  ${node.signInLink}\n`}
Fetch from another terminal:
  HF_ENDPOINT=${node.url} hf download ${model}
  node bin/ayni.js get ${model} --node ${node.url}

It runs until you press Ctrl-C.`)
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function say(text: string): void {
  console.log(text)
}
