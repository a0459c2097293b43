/** What members share, as files that somebody carries. */
export { type CarryCommands, createCarryCommands } from './commands/index.ts'
export type {
  CarriedMember,
  CarriedSource,
  CarryFolder,
  CopyFrom,
  EarlierCarry,
  Exported,
  ExportRequest,
  Imported,
  ImportedLog,
  ImportRequest,
  Letters,
} from './types.ts'
