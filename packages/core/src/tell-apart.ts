/** Which of several formats a line is in, by its count of values and by what they look like. */
import { configurationError } from './configuration-error.ts'
import { type FieldShape, fieldShapes } from './field-shapes.ts'
import type { FieldName } from './fields.ts'
import type { Format } from './format.ts'

/** The index of the format that a line with these values is in. */
export type TellApart = (values: readonly string[]) => number

/**
 * Values of the fields that are never `-`: where one format has such a field, and the other has a
 * field that never looks like it, the value tells.
 */
const signs: Readonly<Record<string, readonly string[]>> = {
  version: ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11'],
  start: ['1418530010', '9999999999', '1418530010000'],
  end: ['1418530010', '9999999999', '1418530010000'],
  'log-status': ['OK', 'NODATA', 'SKIPDATA', 'INCOMPLETEDATA'],
}

/**
 * Builds the test for a list of formats. Throws when two of them have the same number of fields and
 * no position where the values must differ.
 */
export function createTellApart(formats: readonly Format[]): TellApart {
  if (formats.length === 0) throw configurationError('a list of formats needs at least one format')
  const seen = new Set<string>()
  for (const { text } of formats) {
    if (seen.has(text)) throw configurationError(`the format "${text}" is listed twice`)
    seen.add(text)
  }
  const byCount = new Map<number, number[]>()
  for (const [index, { columns }] of formats.entries()) {
    byCount.set(columns.length, [...(byCount.get(columns.length) ?? []), index])
  }
  const groups = [...byCount].map(([count, indexes]) => ({
    count,
    choose: chooseAmong(indexes, formats),
  }))
  return (values) => {
    for (const { count, choose } of groups) if (values.length === count) return choose(values)
    // A comment may follow the last value.
    for (const { count, choose } of groups)
      if (values[count]?.startsWith('#')) return choose(values)
    return 0
  }
}

/** The choice among formats of one count: each pair has its position, and losers drop out. */
function chooseAmong(indexes: readonly number[], formats: readonly Format[]): TellApart {
  const tests = new Map<string, Test>()
  for (const [at, left] of indexes.entries()) {
    for (const right of indexes.slice(at + 1)) {
      tests.set(`${left} ${right}`, testBetween(formats[left] as Format, formats[right] as Format))
    }
  }
  return (values) => {
    let [winner, ...others] = indexes as [number, ...number[]]
    for (const other of others) {
      if (!tests.get(`${winner} ${other}`)?.(values)) winner = other
    }
    return winner
  }
}

/** Whether values are rather in the first of two formats. */
type Test = (values: readonly string[]) => boolean

function testBetween(left: Format, right: Format): Test {
  for (const [index, { name }] of left.columns.entries()) {
    const other = right.columns[index]?.name as string
    if (differs(name, other)) return (values) => isRather(values[index] as string, other)
    if (differs(other, name)) return (values) => !isRather(values[index] as string, name)
  }
  throw configurationError(
    `the formats "${left.text}" and "${right.text}" cannot be told apart: they have as many fields, and no position where the values must look different`,
  )
}

/** Whether no value of the second field could stand for the first, which always has one. */
function differs(always: string, other: string): boolean {
  const shape = shapeOf(other)
  const values = signs[always]
  return shape !== undefined && values !== undefined && !values.some(shape.fits)
}

/** A value that fits neither field is taken for the one that always has a value. */
function isRather(value: string, other: string): boolean {
  return value !== '-' && shapeOf(other)?.fits(value) !== true
}

function shapeOf(name: string): FieldShape | undefined {
  return (fieldShapes as Readonly<Record<string, FieldShape>>)[name as FieldName]
}
