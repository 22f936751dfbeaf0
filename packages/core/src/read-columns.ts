/** One reading of the columns: a family of flow logs and a place of `version`, and what follows. */
import { type ColumnCandidates, columnCandidates, type Struck } from './column-candidates.ts'
import {
  type FieldRelation,
  fieldRelations,
  noDataRelations,
  sameSideRelations,
} from './field-relations.ts'
import { type FieldFamily, findField } from './fields.ts'
import { type KnownColumns, relationsGiven } from './given-columns.ts'
import type { LineColumn, LineColumns } from './line-columns.ts'
import {
  type Candidates,
  type Conflict,
  type Conflicts,
  indexConflicts,
  type OnStruck,
  strikeOffByTrial,
} from './place-fields.ts'
import { strikeFreeText, strikeGiven } from './strike-given.ts'

/** What a reading found for each column. */
export interface Reading {
  readonly candidates: Candidates
  readonly conflicts: Conflicts
  /** Why each column is none of the other fields. */
  readonly struck: readonly ReadonlyMap<string, Struck>[]
  /** Whether the fields together agree with the version, which says the newest among them. */
  readonly agrees: (names: readonly string[]) => boolean
  /** The column taken for `version`, if that was supposed. */
  readonly versionAt: number | undefined
}

/** What is supposed. */
export interface Supposition {
  readonly family: Exclude<FieldFamily, 'both'>
  /** The column that is `version`; undefined for none (VPC), or for no matter (Transit Gateway). */
  readonly versionAt: number | undefined
  readonly isStrict: boolean
}

/** What is looked up again and again: whether a line contradicts. */
export type Contradictions = (
  relation: FieldRelation,
  left: LineColumn,
  right: LineColumn,
) => number | undefined

/** Remembers contradictions, so that readings of the same lines share them. */
export function createContradictions(): Contradictions {
  const known = new Map<FieldRelation['contradiction'], Map<string, number | undefined>>()
  return ({ contradiction }, left, right) => {
    const byPair = known.get(contradiction) ?? new Map<string, number | undefined>()
    known.set(contradiction, byPair)
    const key = `${left.index} ${right.index}`
    if (!byPair.has(key)) byPair.set(key, contradiction(left, right))
    return byPair.get(key)
  }
}

/** Reads columns under a supposition; undefined when it cannot be true. */
export function readColumns(
  { columns }: LineColumns,
  hasAddress: readonly boolean[],
  contradictions: Contradictions,
  { family, versionAt, isStrict }: Supposition,
): Reading | undefined {
  const first = columns.map((column) => columnCandidates(column, family, hasAddress, isStrict))
  const struck = first.map((each) => new Map(each.struck))
  const newest =
    family === 'vpc' && versionAt !== undefined
      ? Number([...(columns[versionAt]?.distinct.keys() ?? [])][0])
      : undefined
  const supposed = first.map((each, index) =>
    supposeVersion(
      each,
      index,
      { family, versionAt, newest },
      struck[index] as Map<string, Struck>,
    ),
  )
  const relations = [
    ...fieldRelations,
    ...noDataRelations(hasAddress),
    ...(isStrict ? [] : sameSideRelations),
  ]
  const conflicts: (Conflict & Struck)[] = conflictsOf(relations, columns, supposed, contradictions)
  const onStruck: OnStruck = ({ column, field }, other) => {
    const conflict = conflicts.find(({ left, right }) => {
      const [here, there] =
        left.column === column && left.field === field ? [left, right] : [right, left]
      return here.column === column && here.field === field && there.column === other
    })
    struck[column]?.set(
      field,
      conflict && other !== undefined
        ? { rule: conflict.rule, line: conflict.line as number, beside: other }
        : { rule: other === undefined ? 'one-place' : 'elimination' },
    )
  }
  let candidates: Candidates | undefined = supposed
  let index = indexConflicts(conflicts)
  for (let before = -1; candidates !== undefined && sizeOf(candidates) !== before; ) {
    before = sizeOf(candidates)
    candidates = strikeOffByTrial(candidates, index, onStruck)
    if (candidates === undefined) return undefined
    const known = knownColumns(columns, candidates)
    const more = relationsGiven(known, isStrict)
    conflicts.push(...unlessHopeless(more, columns, candidates))
    index = indexConflicts(conflicts)
    candidates = strikeGiven(columns, candidates, known, struck)
    if (!isStrict) candidates = strikeFreeText(columns, candidates, known, struck)
    candidates = strikeOlder(candidates, newest, struck)
  }
  if (candidates === undefined) return undefined
  return {
    candidates,
    conflicts: index,
    struck,
    versionAt,
    agrees: (names) => agrees(names, newest),
  }
}

function sizeOf(candidates: Candidates): number {
  return candidates.reduce((sum, fields) => sum + fields.size, 0)
}

function versionOf(name: string): number {
  return findField(name)?.version ?? 0
}

function agrees(names: readonly string[], newest: number | undefined): boolean {
  return newest === undefined || names.some((name) => versionOf(name) === newest)
}

/** Leaves what does not contradict the place of `version` and what it says. */
function supposeVersion(
  { fields }: ColumnCandidates,
  index: number,
  {
    family,
    versionAt,
    newest,
  }: { family: FieldFamily; versionAt: number | undefined; newest: number | undefined },
  struck: Map<string, Struck>,
): ReadonlySet<string> {
  if (index === versionAt) {
    for (const name of fields) if (name !== 'version') struck.set(name, { rule: 'version-column' })
    return new Set(fields.has('version') ? ['version'] : [])
  }
  const kept = new Set<string>()
  for (const name of fields) {
    if (name === 'version' && (family === 'vpc' || versionAt !== undefined)) {
      struck.set(name, { rule: 'one-place' })
    } else if (newest !== undefined && versionOf(name) > newest) {
      struck.set(name, { rule: 'version', beside: versionAt as number })
    } else kept.add(name)
  }
  return kept
}

/** Where only one column can be of the version that `version` says, it is. */
function strikeOlder(
  candidates: Candidates,
  newest: number | undefined,
  struck: readonly Map<string, Struck>[],
): Candidates | undefined {
  if (newest === undefined) return candidates
  const able = candidates.flatMap((fields, index) =>
    [...fields].some((name) => versionOf(name) === newest) ? [index] : [],
  )
  if (able.length === 0) return undefined
  if (able.length > 1) return candidates
  return candidates.map((fields, index) => {
    if (index !== able[0]) return fields
    const kept = [...fields].filter((name) => versionOf(name) === newest)
    for (const name of fields)
      if (!kept.includes(name)) struck[index]?.set(name, { rule: 'version' })
    return new Set(kept)
  })
}

function knownColumns(columns: readonly LineColumn[], candidates: Candidates): KnownColumns {
  return (field) => {
    const index = candidates.findIndex((fields) => fields.size === 1 && fields.has(field))
    return columns[index]
  }
}

/** Every pair of placements that some line contradicts. */
function conflictsOf(
  relations: readonly FieldRelation[],
  columns: readonly LineColumn[],
  candidates: Candidates,
  contradictions: Contradictions,
): (Conflict & Struck)[] {
  const able = (field: string): LineColumn[] =>
    columns.filter((_, index) => candidates[index]?.has(field))
  return relations.flatMap((relation) => {
    const { rule, left, right } = relation
    return able(left).flatMap((leftColumn) =>
      able(right).flatMap((rightColumn) => {
        if (leftColumn === rightColumn) return []
        const line = contradictions(relation, leftColumn, rightColumn)
        if (line === undefined) return []
        return [
          {
            rule,
            line,
            left: { column: leftColumn.index, field: left },
            right: { column: rightColumn.index, field: right },
          },
        ]
      }),
    )
  })
}

/**
 * Relations that need known columns, except where they would leave no place at all: then the lines
 * are not of one network, as the examples in documentation are not, and say nothing.
 */
function unlessHopeless(
  relations: readonly FieldRelation[],
  columns: readonly LineColumn[],
  candidates: Candidates,
): (Conflict & Struck)[] {
  return relations.flatMap((relation) => {
    const { left, right } = relation
    const pairs = columns.flatMap((one) =>
      columns.filter((other) => {
        const isPair = candidates[one.index]?.has(left) && candidates[other.index]?.has(right)
        return one !== other && isPair
      }),
    )
    const found = conflictsOf([relation], columns, candidates, createContradictions())
    return found.length < pairs.length ? found : []
  })
}
