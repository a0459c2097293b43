import type { World } from '../world.ts'

/** Recovery keys as a person types or pipes them. Arguments are seen by every process of the machine: never there. */
export function askForRecoveryKeys(world: World): Promise<readonly string[]> {
  return world.readSecrets((number) => `Recovery key ${number} (empty when there are no more): `)
}
