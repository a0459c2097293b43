/** Writes `openapi.json` from the schemas of the node's own API: `npm run openapi`. A test compares the two. */
import { writeFileSync } from 'node:fs'

import { describeApi } from '../src/http/api/index.ts'

writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(describeApi(), null, 2)}\n`)
