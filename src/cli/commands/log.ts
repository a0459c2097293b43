import type { CommandGroup } from '../command.ts'

export const log: CommandGroup = {
  kind: 'group',
  summary: 'Verifiable logs: what members have said to the world',
  commands: {
    verify: async () => (await import('./log-verify.ts')).verify,
    retract: async () => (await import('./log-retract.ts')).retract,
    redact: async () => (await import('./log-redact.ts')).redact,
    proof: async () => (await import('./log-proof.ts')).proof,
  },
}
