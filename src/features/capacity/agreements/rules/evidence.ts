import type { MemberId } from '../../../../kernel/names.ts'
import type { Evidence, Obligation } from '../../../../records/index.ts'
import type { EvidenceAsked } from '../types.ts'

/** What each format can show; a table says its unit itself. */
const SHOWS: Readonly<Record<Exclude<EvidenceFormat, 'csv'>, ReadonlySet<Obligation['unit']>>> = {
  revision: new Set(['dataset', 'model']),
  slurm: new Set(['gpu-hour']),
  digests: new Set(['seat']),
}
export type EvidenceFormat = 'revision' | Extract<Evidence, { kind: 'file' }>['format']

/** Whether evidence of this form can show anything of the unit. */
export function canShow(format: EvidenceFormat, unit: Obligation['unit']): boolean {
  return format === 'csv' || SHOWS[format].has(unit)
}

export function formatOf(evidence: Evidence): EvidenceFormat {
  return evidence.kind === 'revision' ? 'revision' : evidence.format
}

/** Names everything that what is counted depends on, and nothing else. */
export function evidenceKey({ evidence, unit, from, until, parties }: EvidenceAsked): string {
  if (evidence.kind === 'revision') {
    const { origin, index, leaf } = evidence.record
    return ['revision', origin, index, leaf, unit, ...parties.toSorted()].join(' ')
  }
  const { format, sha256, repositoryKind, repository, commit, path } = evidence
  return ['file', format, sha256, unit, from, until, repositoryKind, repository, commit, path].join(' ')
}

/**
 * Under this name a thing shows something once: a file once for whoever delivers, a repository once in an agreement, for many
 * may be given access to the same data set.
 */
export function onceKey(evidence: Evidence, shown: string, by: MemberId, agreement: string): string {
  return [evidence.kind, evidence.kind === 'file' ? by : agreement, shown].join(' ')
}
