/**
 * Measures the node beside named peers, in one run: `npm run bench [-- PART…] [--size MIB] [--runs N] [--scratch DIR]`.
 * Parts: start requests read ingest deduplication delta memory appends entries spread idle matching. Prints a table, and JSON with `--json`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { delta } from './delta.ts'
import { appends, entries, idle, spread } from './log-parts.ts'
import { matching } from './matching.ts'
import { isReached, type Row } from './measure.ts'
import { deduplication, ingest, memory, read, requests, start, type Part } from './parts.ts'

const PARTS: Readonly<Record<string, Part>> = {
  start,
  requests,
  read,
  ingest,
  deduplication,
  delta,
  memory,
  appends,
  entries,
  spread,
  idle,
  matching,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    scratch: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
})
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS)
await mkdir(values.scratch, { recursive: true })
const rows: Row[] = []
for (const name of chosen) {
  const part = PARTS[name]
  if (!part) throw new Error(`no part ${name}; there are ${Object.keys(PARTS).join(', ')}`)
  process.stderr.write(`${name} …\n`)
  const scratch = await mkdtemp(join(values.scratch, 'ayni-bench-'))
  try {
    const outcome = await part({
      size: Number(values.size) * 1024 * 1024,
      runs: Number(values.runs),
      scratch,
    })
    if (typeof outcome === 'string') process.stderr.write(`  left out: ${outcome}\n`)
    else rows.push(...outcome)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, files of ${values.size} MiB, medians of ${values.runs}`
if (values.json) console.log(JSON.stringify({ machine, rows }, null, 2))
else {
  console.log(`${machine}\n\n| work | node | against | ratio | asked | |\n|---|---|---|---|---|---|`)
  for (const row of rows) {
    const { work, ours, against, ratio, bound } = row
    const asked = `at ${bound.at} ${bound.value}`
    console.log(
      `| ${work} | ${ours} | ${against} | ${ratio?.toFixed(2) ?? ''} | ${asked} | ${isReached(row) ? 'yes' : 'no'} |`,
    )
  }
}
