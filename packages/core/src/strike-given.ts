/** Fields struck off single columns, once other columns are known. */
import type { Struck } from './column-candidates.ts'
import { fieldShapes } from './field-shapes.ts'
import { type KnownColumns, strikesGiven } from './given-columns.ts'
import type { LineColumn } from './line-columns.ts'
import type { Candidates } from './place-fields.ts'

/** What single columns cannot be, now that others are known; not if none could be it then. */
export function strikeGiven(
  columns: readonly LineColumn[],
  candidates: Candidates,
  known: KnownColumns,
  struck: readonly Map<string, Struck>[],
): Candidates {
  const strikes = columns.flatMap((column) =>
    strikesGiven(known, column)
      .filter(([field]) => candidates[column.index]?.has(field))
      .map(([field, line]) => ({ field, line, index: column.index })),
  )
  return candidates.map((fields, index) => {
    const kept = new Set<string>(fields)
    for (const { field, line } of strikes.filter((strike) => strike.index === index)) {
      const all = candidates.filter((each) => each.has(field)).length
      if (strikes.filter((strike) => strike.field === field).length === all) continue
      kept.delete(field)
      struck[index]?.set(field, { rule: 'own-address', line })
    }
    return kept
  })
}

/** Tags and names do not change at an interface. */
export function strikeFreeText(
  columns: readonly LineColumn[],
  candidates: Candidates,
  known: KnownColumns,
  struck: readonly Map<string, Struck>[],
): Candidates {
  const interfaces = known('interface-id')
  if (interfaces === undefined) return candidates
  const isFree = (name: string): boolean =>
    fieldShapes[name as keyof typeof fieldShapes]?.kind === 'free'
  return candidates.map((fields, index) => {
    if (fields.size < 2 || ![...fields].some(isFree)) return fields
    const line = changesAtInterface(interfaces, columns[index] as LineColumn)
    if (line === undefined) return fields
    const kept = [...fields].filter((name) => !isFree(name))
    if (kept.length === 0) return fields
    for (const name of fields) {
      if (isFree(name)) {
        struck[index]?.set(name, { rule: 'changes-at-interface', line, beside: interfaces.index })
      }
    }
    return new Set(kept)
  })
}

function changesAtInterface(interfaces: LineColumn, column: LineColumn): number | undefined {
  const known = new Map<string, string>()
  const line = column.values.findIndex((value, index) => {
    const name = interfaces.values[index] as string
    if (value === '-' || name === '-') return false
    const before = known.get(name)
    if (before === undefined) known.set(name, value)
    return before !== undefined && before !== value
  })
  return line === -1 ? undefined : line
}
