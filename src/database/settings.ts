import type { Reader, Writer } from './database.ts'

/** What a name stands for; null where nothing is written under it. */
export async function readSetting(reader: Reader, name: string): Promise<string | null> {
  const row = await reader.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value ?? null
}

/** Writes what a name stands for from now on; null removes it. */
export async function writeSetting(tx: Writer, name: string, value: string | null): Promise<void> {
  if (value === null) {
    await tx.deleteFrom('setting').where('name', '=', name).execute()
    return
  }
  await tx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((known) => known.column('name').doUpdateSet({ value }))
    .execute()
}
