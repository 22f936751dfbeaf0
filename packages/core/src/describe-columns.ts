/** Readings → what a person wants to know of each column. */
import type { Struck } from './column-candidates.ts'
import { type Field, fields as fieldTable } from './fields.ts'
import type { Ambiguity, InferredColumn } from './format-inference.ts'
import type { InferenceRule } from './inference-rules.ts'
import type { LineColumn, LineColumns } from './line-columns.ts'
import type { Reading } from './read-columns.ts'
import { describeRemedy } from './remedy.ts'

const rows: readonly Field[] = fieldTable
const exampleCount = 3

/** What each column can be in some reading, and why it is nothing else in any. */
export function describeColumns(
  { columns, numbers }: LineColumns,
  readings: readonly Reading[],
  fitting: readonly (readonly string[])[] | undefined,
): readonly InferredColumn[] {
  return columns.map(({ index, distinct }) => {
    const possible = new Set(readings.flatMap(({ candidates }) => [...(candidates[index] ?? [])]))
    // Where all formats that fit are known, nothing else is possible.
    const names = fitting ? new Set(fitting.map((each) => each[index] as string)) : possible
    const proofs = new Map<InferenceRule, { fields: string[]; lines: Set<number> }>()
    for (const { name } of rows) {
      if (names.has(name)) continue
      const { rule, line }: Struck = possible.has(name)
        ? { rule: 'elimination' }
        : reasonOf(name, index, readings)
      const proof = proofs.get(rule) ?? { fields: [], lines: new Set<number>() }
      proofs.set(rule, proof)
      proof.fields.push(name)
      if (line !== undefined) proof.lines.add(numbers[line] as number)
    }
    return {
      index,
      fields: inOrder(names),
      examples: [...distinct.keys()].slice(0, exampleCount),
      proof: [...proofs].map(([rule, { fields, lines }]) => ({
        rule,
        fields,
        lines: [...lines].sort((left, right) => left - right),
      })),
    }
  })
}

/** Why a field is out of question: the plainest of the reasons that the readings have. */
function reasonOf(name: string, index: number, readings: readonly Reading[]): Struck {
  const reasons = readings.flatMap(({ struck }) => struck[index]?.get(name) ?? [])
  const other = reasons.find(({ rule }) => rule !== 'family' && rule !== 'version-column')
  if (other) return other
  const isSupposed = reasons.some(({ rule }) => rule === 'version-column')
  if (!isSupposed) return { rule: 'family' }
  const isPresumed = readings.every(({ versionAt }) => versionAt !== undefined)
  return { rule: isPresumed ? 'version-column' : 'elimination' }
}

function inOrder(names: ReadonlySet<string>): readonly string[] {
  return rows.map(({ name }) => name).filter((name) => names.has(name))
}

/** Columns with more than one candidate, together with those that share a candidate. */
export function findAmbiguities(
  described: readonly InferredColumn[],
  columns: readonly LineColumn[],
): readonly Ambiguity[] {
  const groups: { columns: number[]; fields: Set<string> }[] = []
  for (const { index, fields } of described) {
    if (fields.length < 2) continue
    const touching = groups.filter((group) => fields.some((field) => group.fields.has(field)))
    for (const group of touching) groups.splice(groups.indexOf(group), 1)
    groups.push({
      columns: [...touching.flatMap((group) => group.columns), index].sort((a, b) => a - b),
      fields: new Set([...touching.flatMap((group) => [...group.fields]), ...fields]),
    })
  }
  return groups
    .sort((left, right) => (left.columns[0] as number) - (right.columns[0] as number))
    .map((group) => {
      const names = inOrder(group.fields)
      const members = group.columns.map((index) => columns[index] as LineColumn)
      return { columns: group.columns, fields: names, remedy: describeRemedy(names, members) }
    })
}
