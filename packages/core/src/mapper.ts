/** The object lane: a mapping compiled for a format turns records into the target's objects. */
import { compileDecided, type Line, type Test } from './condition.ts'
import { compileNode, type Event } from './evaluate.ts'
import { type FormatInput, parseFormat } from './format.ts'
import { createIdentify } from './id.ts'
import type { KeepOut, Mapping } from './mapping.ts'
import type { Origin } from './origin.ts'
import { splitLine } from './parser.ts'
import type { Rejection } from './rejection.ts'
import { render } from './render.ts'
import { specialise } from './specialise.ts'

/** What a mapping makes of a record. */
export type Mapped =
  | { readonly event: Event }
  | { readonly keptOut: KeepOut['column'] }
  | { readonly rejection: Rejection }

/** What is known of a record's line. */
export interface MapperContext {
  /** The line as it came; what the record renders to when it never was a line. */
  readonly line?: string
  /** The line's values joined by single spaces, if the caller has them at hand. */
  readonly text?: string
  readonly origin?: Origin
}

/** Maps a record of one format. */
export type Mapper = (record: Line['record'], context?: MapperContext) => Mapped

/** Compiles a mapping for a format. `idKey` is the 16-byte key of the deterministic id. */
export function createMapper(
  mapping: Mapping,
  formatInput: FormatInput,
  { idKey }: { readonly idKey?: Uint8Array } = {},
): Mapper {
  const format = parseFormat(formatInput)
  const keys = new Set(format.columns.map((column) => column.key))
  const { keepOut, requires, template } = specialise(mapping, keys)
  const outs = keepOut.map(({ column, condition }) => ({
    column,
    test: compileDecided(condition),
  }))
  const needs = requires.map(({ code, field, condition }) => ({
    code,
    field,
    test: compileDecided(condition),
  }))
  const evaluate = template && compileNode(template, format, createIdentify(format, idKey))
  return (record, context = {}) => {
    const { line = render(record, format), origin = {} } = context
    const input: Line = { record, origin }
    for (const { column, test } of outs) if (holds(test, input)) return { keptOut: column }
    for (const { code, field, test } of needs) {
      if (holds(test, input)) continue
      const value = field === undefined ? undefined : record[field]
      const rejection: Rejection = {
        code,
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value: String(value) }),
        line,
        ...(Object.keys(origin).length > 0 && { origin }),
      }
      return { rejection }
    }
    const normalised = context.text ?? normalise(line, format.columns.length)
    const event = evaluate?.({ record, origin, line, text: normalised, carried: new Set() })
    return { event: (event ?? {}) as Event }
  }
}

function normalise(line: string, expected: number): string {
  const { values, notes } = splitLine(line, expected)
  return notes.length === 0 ? line : values.join(' ')
}

function holds(test: Test, line: Line): boolean {
  return typeof test === 'boolean' ? test : test(line)
}
