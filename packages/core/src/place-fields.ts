/** Each column one field, no field twice: which fields a column can still be, and every way to do it. */

/** The fields that a column may be, for each column. */
export type Candidates = readonly ReadonlySet<string>[]

/** Two placements that cannot both be true. */
export interface Conflict {
  readonly left: Placement
  readonly right: Placement
}

/** A field in a column. */
interface Placement {
  readonly column: number
  readonly field: string
}

/** Told why a field was struck off: in conflict with all that another column can be, or out of place. */
export type OnStruck = (struck: Placement, conflictWith: number | undefined) => void

/** Conflicts by the column and field of a placement: the fields of other columns that exclude it. */
export type Conflicts = ReadonlyMap<number, ReadonlyMap<string, Excluded>>

type Excluded = ReadonlyMap<number, ReadonlySet<string>>

/** Makes conflicts quick to look up. */
export function indexConflicts(conflicts: readonly Conflict[]): Conflicts {
  const index = new Map<number, Map<string, Map<number, Set<string>>>>()
  for (const { left, right } of conflicts) {
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const byField = index.get(one.column) ?? new Map<string, Map<number, Set<string>>>()
      index.set(one.column, byField)
      const byColumn = byField.get(one.field) ?? new Map<number, Set<string>>()
      byField.set(one.field, byColumn)
      const fields = byColumn.get(other.column) ?? new Set<string>()
      byColumn.set(other.column, fields.add(other.field))
    }
  }
  return index
}

const ignore: OnStruck = () => {}

/**
 * Strikes off what no placement of all columns can have, as far as that can be seen without trying;
 * undefined when nothing is left for a column.
 */
function strikeOff(
  candidates: Candidates,
  conflicts: Conflicts,
  onStruck: OnStruck = ignore,
): Candidates | undefined {
  const left = candidates.map((fields) => new Set(fields))
  for (;;) {
    const before = sizeOf(left)
    for (const [column, byField] of conflicts) {
      for (const [field, excluded] of byField) {
        if (!left[column]?.has(field)) continue
        const other = excludedBy(field, excluded, left)
        if (other === undefined) continue
        left[column]?.delete(field)
        onStruck({ column, field }, other)
      }
    }
    const placed = placeAll(left)
    if (placed === undefined) return undefined
    for (const struck of unplaceable(left, placed)) {
      left[struck.column]?.delete(struck.field)
      onStruck(struck, undefined)
    }
    if (sizeOf(left) === before) return left
  }
}

function sizeOf(candidates: Candidates): number {
  return candidates.reduce((sum, fields) => sum + fields.size, 0)
}

/** A column that would have nothing left if this field were elsewhere and excluded these. */
function excludedBy(
  placed: string,
  excludedFields: Excluded,
  candidates: Candidates,
): number | undefined {
  for (const [column, excluded] of excludedFields) {
    let isLost = true
    for (const field of candidates[column] ?? []) {
      if (field === placed || excluded.has(field)) continue
      isLost = false
      break
    }
    if (isLost) return column
  }
  return undefined
}

/** Some placement of all columns without a field twice (conflicts aside), by augmenting paths. */
function placeAll(candidates: Candidates): Map<string, number> | undefined {
  const columnOf = new Map<string, number>()
  const place = (column: number, seen: Set<string>): boolean => {
    for (const field of candidates[column] ?? []) {
      if (seen.has(field)) continue
      seen.add(field)
      const holder = columnOf.get(field)
      if (holder !== undefined && !place(holder, seen)) continue
      columnOf.set(field, column)
      return true
    }
    return false
  }
  for (const column of candidates.keys()) if (!place(column, new Set())) return undefined
  return columnOf
}

/** Fields that are in no placement of all columns: the others could not move to make room. */
function unplaceable(candidates: Candidates, columnOf: ReadonlyMap<string, number>): Placement[] {
  const canMove = movable(candidates, columnOf)
  const reachable = new Map<number, ReadonlySet<number>>()
  const struck: Placement[] = []
  for (const [column, fields] of candidates.entries()) {
    for (const field of fields) {
      const holder = columnOf.get(field)
      if (holder === undefined || holder === column || canMove[holder]) continue
      // Without an unused field, the holder can only move on in a circle that ends here.
      const reached = reachable.get(holder) ?? reachableFrom(holder, candidates, columnOf)
      reachable.set(holder, reached)
      if (!reached.has(column)) struck.push({ column, field })
    }
  }
  return struck
}

/** Columns that can give their field up, because a chain of moves ends at a field that no one uses. */
function movable(candidates: Candidates, columnOf: ReadonlyMap<string, number>): boolean[] {
  const canMove = candidates.map(() => false)
  for (let isStable = false; !isStable; ) {
    isStable = true
    for (const [column, fields] of candidates.entries()) {
      if (canMove[column]) continue
      for (const field of fields) {
        const holder = columnOf.get(field)
        if (holder !== undefined && !canMove[holder]) continue
        canMove[column] = true
        isStable = false
        break
      }
    }
  }
  return canMove
}

function reachableFrom(
  start: number,
  candidates: Candidates,
  columnOf: ReadonlyMap<string, number>,
): ReadonlySet<number> {
  const reached = new Set<number>()
  const open = [start]
  for (let column = open.pop(); column !== undefined; column = open.pop()) {
    for (const field of candidates[column] ?? []) {
      const holder = columnOf.get(field)
      if (holder === undefined || reached.has(holder)) continue
      reached.add(holder)
      open.push(holder)
    }
  }
  return reached
}

const maxTrials = 150

/** Strikes off, too, what is found impossible by trying it, unless there is too much to try. */
export function strikeOffByTrial(
  candidates: Candidates,
  conflicts: Conflicts,
  onStruck: OnStruck = ignore,
): Candidates | undefined {
  let left = strikeOff(candidates, conflicts, onStruck)
  if (left && countTrials(left, conflicts) > maxTrials) return left
  for (let isStable = false; left !== undefined && !isStable; ) {
    isStable = true
    for (const [column, fields] of left.entries()) {
      if (fields.size < 2) continue
      for (const field of fields) {
        if (!conflicts.get(column)?.has(field)) continue
        if (strikeOff(withOnly(left, { column, field }), conflicts)) continue
        onStruck({ column, field }, undefined)
        left = without(left, { column, field })
        isStable = false
      }
    }
    if (!isStable) left = strikeOff(left, conflicts, onStruck)
  }
  return left
}

function countTrials(candidates: Candidates, conflicts: Conflicts): number {
  return candidates
    .map((fields, column) =>
      fields.size < 2 ? 0 : [...fields].filter((field) => conflicts.get(column)?.has(field)).length,
    )
    .reduce((sum, trials) => sum + trials, 0)
}

function withOnly(candidates: Candidates, { column, field }: Placement): Candidates {
  return candidates.map((fields, index) => (index === column ? new Set([field]) : fields))
}

function without(candidates: Candidates, { column, field }: Placement): Candidates {
  return candidates.map((fields, index) => {
    return index === column ? new Set([...fields].filter((each) => each !== field)) : fields
  })
}

/** How many steps a search may still take. */
export interface Effort {
  steps: number
}

/**
 * Every placement of all columns, fields tried in the order of `rank`; made as they are asked for,
 * and ended early when the effort is spent.
 */
export function* placements(
  candidates: Candidates,
  conflicts: Conflicts,
  rank: (field: string) => number,
  effort: Effort,
): Generator<readonly string[], void, undefined> {
  if (effort.steps-- <= 0) return
  const left = strikeOff(candidates, conflicts)
  if (left === undefined) return
  const column = left.findIndex((fields) => fields.size > 1)
  if (column === -1) {
    yield left.map((fields) => [...fields][0] as string)
    return
  }
  const fields = [...(left[column] ?? [])].sort((one, other) => rank(one) - rank(other))
  for (const field of fields) {
    yield* placements(withOnly(left, { column, field }), conflicts, rank, effort)
  }
}
