import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { temporaryFolder, testData, type PythonClient, type TestNode } from '../support/index.ts'

const FOLDER = new URL('python/', import.meta.url)
/** Large enough for the longest story on a machine that does other things too. */
const STORY_MS = 300_000

/** One story: the name of its function, and the sentence that is its doc comment. */
interface Story {
  readonly name: string
  readonly sentence: string
}

/** Registers a test for each story in a file of `python/stories`; they share a Python process and the node. */
export function tellStories(
  file: string,
  python: PythonClient,
  node: () => TestNode,
  env: Readonly<Record<string, string>> = {},
): void {
  const source = readFileSync(new URL(`stories/${file}.py`, FOLDER), 'utf8')
  describe(`stories: ${file.replaceAll('_', ' ')}`, () => {
    let teller: Teller
    beforeAll(async () => {
      teller = await startTeller(file, python, node(), env)
    })
    afterAll(() => teller[Symbol.asyncDispose]())

    for (const { name, sentence } of storiesIn(source)) {
      it(`${sentence} (${name})`, { timeout: STORY_MS }, async () =>
        expect(await teller.tell(name)).toBe('told'),
      )
    }
  })
}

function storiesIn(source: string): readonly Story[] {
  const functions = source.matchAll(/^def (\w+)\(world\):\n {4}"""(.+?)"""$/gm)
  return [...functions].map(([, name = '', sentence = '']) => ({ name, sentence }))
}

interface Teller extends AsyncDisposable {
  /** `told`, or what went wrong: the traceback. */
  tell(name: string): Promise<string>
}

async function startTeller(
  file: string,
  python: PythonClient,
  node: TestNode,
  env: Readonly<Record<string, string>>,
): Promise<Teller> {
  const home = await temporaryFolder()
  const script = (path: string) => fileURLToPath(new URL(path, FOLDER))
  const child = spawn(python.interpreter, [script('run.py'), script(`stories/${file}.py`)], {
    env: {
      ...process.env,
      ...surroundings(node, home.path),
      ...(await inputs()),
      ...(await people(file, node)),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async tell(name) {
      child.stdin.write(`${name}\n`)
      const { value, done } = await answers.next()
      if (done === true) return `Python ended:\n${said.slice(-50).join('\n')}`
      return errorIn(value) ?? 'told'
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await home[Symbol.asyncDispose]()
    },
  }
}

function errorIn(answer: string): string | null {
  const parsed: unknown = JSON.parse(answer)
  return typeof parsed === 'object' && parsed !== null && 'error' in parsed ? String(parsed.error) : null
}

function surroundings(node: TestNode, home: string) {
  return {
    HF_ENDPOINT: node.url,
    HF_HOME: home,
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    HF_HUB_DOWNLOAD_TIMEOUT: '60',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
    AYNI_DATA_FOLDER: node.dataFolder,
    AYNI_USER: node.admin,
    AYNI_ORGANISATION: node.handle,
    AYNI_TOKEN: node.token,
  }
}

async function inputs(): Promise<Record<string, string>> {
  const data = await testData('.')
  return data.ok ? { AYNI_TEST_DATA: resolve(data.value) } : {}
}

/** A reader's token, and a second person; each file of stories has its own. */
async function people(file: string, node: TestNode): Promise<Record<string, string>> {
  const other = `__Other_${file}__`
  return {
    AYNI_READ_TOKEN: await node.addToken(node.admin, 'read'),
    AYNI_OTHER_USER: other,
    AYNI_OTHER_TOKEN: await node.addUser(other),
  }
}
