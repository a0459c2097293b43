import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Something a test needs and a machine may lack. `why` is the whole sentence a reader of the report sees. */
export type Tool<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string }

/** Finds a program on the PATH, by the first of several names. */
export async function program(...names: readonly string[]): Promise<Tool<string>> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (await isExecutable(path)) return { ok: true, value: path }
    }
  }
  return { ok: false, why: `${names[0]} is not installed here` }
}

/** Chromium as Debian or its makers name it. */
export function chromium(): Promise<Tool<string>> {
  return program('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome')
}

/** Real inputs that the project does not carry: a folder below the test data. */
export async function testData(folder: string): Promise<Tool<string>> {
  const path = join(process.env['AYNI_TEST_DATA'] ?? '../shared/data', folder)
  return (await isReadable(path))
    ? { ok: true, value: path }
    : { ok: false, why: `the test data ${folder} is not here; set AYNI_TEST_DATA` }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false, // whatever the reason, it cannot be run
  )
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false, // whatever the reason, it cannot be read
  )
}
