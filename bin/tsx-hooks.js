import { readFileSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

import { transformSync } from 'oxc-transform'

// Types are stripped and code compiled once, not at each start. In the project's own folder: one that others
// can write to would run what they put there. Where it cannot be written, it is simply not used.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/ayni', import.meta.url)))

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
