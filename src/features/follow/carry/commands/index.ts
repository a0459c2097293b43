import { Refusal } from '../../../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { CarriedMember, Exported, ExportRequest, Imported, ImportRequest } from '../types.ts'
import { exportCarry } from './export.ts'
import { importCarries, lookInto } from './import.ts'
import { moveIn, type MoveInDeps, type MoveInRequest, type MovedIn } from './move-in.ts'
import { type MovedOut, moveOut, type MoveOutDeps, type MoveOutRequest } from './move-out.ts'

/** Carrying on disks. The caller has decided that whoever asks may read and write the folders. */
export type CarryCommands = ReturnType<typeof createCarryCommands>

export function createCarryCommands(deps: MoveOutDeps & MoveInDeps) {
  return {
    /** See {@link exportCarry}. */
    export: (request: ExportRequest, signal: AbortSignal): Promise<Result<Exported>> =>
      refused(() => exportCarry(deps, request, signal)),
    /** See {@link lookInto}. */
    look: (folders: readonly string[]): Promise<Result<readonly CarriedMember[]>> =>
      refused(() => lookInto(deps, folders)),
    /** See {@link importCarries}. */
    import: (request: ImportRequest, signal: AbortSignal): Promise<Result<Imported>> =>
      refused(() => importCarries(deps, request, signal)),
    /** See {@link moveOut}. */
    moveOut: (request: MoveOutRequest, signal: AbortSignal): Promise<Result<MovedOut>> =>
      refused(() => moveOut(deps, request, signal)),
    /** See {@link moveIn}. */
    moveIn: (request: MoveInRequest, signal: AbortSignal): Promise<Result<MovedIn>> =>
      refused(() => moveIn(deps, request, signal)),
  }
}

async function refused<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return succeed(await work())
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}
