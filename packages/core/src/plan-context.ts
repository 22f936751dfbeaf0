/** What compiling a mapping to a plan needs to know. */

import type { Assembler } from './assembler.ts'
import { type Carriage, carriageOf } from './carriage.ts'
import type { Format } from './format.ts'
import type { Node } from './mapping.ts'

/** What compiling a node needs to know. */
export interface PlanContext {
  readonly assembler: Assembler
  readonly format: Format
  readonly columns: ReadonlyMap<string, number>
  readonly carriage: Carriage
  /** The bit of each field that only some events carry. */
  readonly bits: ReadonlyMap<string, number>
}

/** The context of a document, in which fields are carried or not. */
export function documentContext(
  { assembler, format, columns }: Pick<PlanContext, 'assembler' | 'format' | 'columns'>,
  template: Node | undefined,
): PlanContext {
  const carriage = carriageOf(template)
  const sometimes = format.columns.filter((column) => carriage.sometimes.has(column.key))
  const bits = new Map(sometimes.map((column) => [column.key, assembler.bit()]))
  return { assembler, format, columns, carriage, bits }
}

/** The index of a column. */
export function columnOf({ columns }: PlanContext, key: string): number {
  return columns.get(key) ?? -1
}

/** Whether a column holds any text. */
export function isText({ format }: PlanContext, column: number): boolean {
  return format.columns[column]?.kind === 'text'
}

/** Whether a column holds an integer. */
export function isInteger({ format }: PlanContext, column: number): boolean {
  const kind = format.columns[column]?.kind
  return kind !== 'text' && kind !== 'address'
}
