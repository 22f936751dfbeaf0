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

/** What a mapping makes of a record; `before` is the document that goes before the event, if any. */
export type Mapped =
  | { readonly event: Event; readonly before?: Event }
  | { readonly keptOut: KeepOut['column'] }
  | { readonly rejection: Rejection }

/** What is known of a record's line. */
export interface MapperContext {
  /** The line as it came; what the record renders to when it never was a line. */
  readonly line?: string
  /** The line's values joined by single spaces, if the caller has them at hand. */
  readonly text?: string
  readonly origin?: Origin
  /** The time of mapping, in Unix milliseconds; the clock's if not given. */
  readonly now?: number
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
  const { keepOut, requires, template, before } = specialise(mapping, keys)
  const outs = keepOut.map(({ column, condition }) => ({
    column,
    test: compileDecided(condition),
  }))
  const needs = requires.map(({ code, field, condition }) => ({
    code,
    field,
    test: compileDecided(condition),
  }))
  const identify = createIdentify(format, idKey)
  const evaluate = template && compileNode(template, format, identify)
  const evaluateBefore = before && compileNode(before, format, identify)
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
    const { text = normalise(line, format.columns.length), now = Date.now() } = context
    const state = { record, origin, line, text, now }
    const event = (evaluate?.({ ...state, carried: new Set() }) ?? {}) as Event
    if (evaluateBefore === undefined) return { event }
    return { before: (evaluateBefore({ ...state, carried: new Set() }) ?? {}) as Event, event }
  }
}

function normalise(line: string, expected: number): string {
  const { values, notes } = splitLine(line, expected)
  return notes.length === 0 ? line : values.join(' ')
}

function holds(test: Test, line: Line): boolean {
  return typeof test === 'boolean' ? test : test(line)
}
