import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

import { transformSync } from 'oxc-transform'

const options = {
  lang: 'tsx',
  sourcemap: true,
  jsx: { runtime: 'automatic', importSource: 'hono/jsx' },
  typescript: { onlyRemoveTypeImports: true },
}
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context)
    const file = fileURLToPath(url)
    const { code, map, errors } = transformSync(file, readFileSync(file, 'utf8'), options)
    if (errors.length) throw new SyntaxError(errors.map((e) => e.message).join('\n'))
    const inline = Buffer.from(JSON.stringify(map)).toString('base64')
    return {
      format: 'module',
      shortCircuit: true,
      source: `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}`,
    }
  },
})
