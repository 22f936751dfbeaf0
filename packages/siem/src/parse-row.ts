/** An event as a row of its columns, with nothing lost that the columns have no room for. */
import type { Column, Columns } from './ocsf-columns.ts'
import type { Cell, Row } from './parquet-file.ts'

/** A row, or why the JSON is none. */
export type ParsedRow =
  | { readonly row: Row }
  | { readonly reason: string; readonly message: string }

/**
 * Builds a parser of JSON documents. An attribute without a column, or with a value that its column
 * cannot hold exactly, goes to `unmapped` under its path: text as it is, anything else as JSON.
 */
export function createParseRow(columns: Columns, version: string): (json: Uint8Array) => ParsedRow {
  const fit = createFitStruct(columns, '')

  return (json) => {
    const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString()
    let event: Json
    try {
      event = JSON.parse(text)
    } catch (error) {
      return { reason: 'bad_json', message: String(error) }
    }
    const message = schemaMismatch(event, version)
    if (message !== undefined) return { reason: 'other_schema', message }
    const leftovers: Leftover[] = []
    const row = fit(event, leftovers) as Row
    if (leftovers.length === 0) return { row }
    // Perhaps only for digits that a number lacks: rare enough to parse again.
    const exact: Leftover[] = []
    return { row: withLeftovers(fit(parseExactly(text), exact) as Row, exact) }
  }
}

type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject
type JsonObject = { readonly [name: string]: Json }

interface Leftover {
  readonly path: string
  readonly value: Json
}

/** The cell for a value, or undefined if the column cannot hold it; adds parts that it cannot hold. */
type Fit = (value: Json, leftovers: Leftover[]) => Cell | undefined

function createFit(column: Column, path: string): Fit {
  if (column === 'text') return (value) => (typeof value === 'string' ? value : undefined)
  if (column === 'integer') return toInteger
  if (column === 'long') return toLong
  if (column === 'datetime') return toDatetime
  if ('struct' in column) return createFitStruct(column.struct, path)
  if ('list' in column) return createFitList(column.list, path)
  return fitMap
}

/** The object itself if everything in it is as its columns take it, or a copy. */
function createFitStruct(columns: Columns, path: string): Fit {
  const pathOf = (name: string) => (path === '' ? name : `${path}.${name}`)
  const members = new Map(
    Object.entries(columns).map(([name, each]) => [name, createFit(each, pathOf(name))]),
  )
  return (value, leftovers) => {
    if (!isObject(value)) return undefined
    let struct = value as { [name: string]: Cell }
    for (const name of Object.keys(value)) {
      const member = value[name]!
      if (member === null) continue
      const cell = members.get(name)?.(member, leftovers)
      if (cell === member) continue
      if (struct === value) struct = { ...struct }
      if (cell === undefined) {
        leftovers.push({ path: pathOf(name), value: member })
        delete struct[name]
      } else struct[name] = cell
    }
    return struct
  }
}

/** A list fits as a whole or not at all. */
function createFitList(column: Column, path: string): Fit {
  const fit = createFit(column, path)
  return (value) => {
    if (!Array.isArray(value)) return undefined
    const leftovers: Leftover[] = []
    const cells: Cell[] = []
    for (const element of value) {
      const cell = fit(element, leftovers)
      if (cell === undefined || leftovers.length > 0) return undefined
      cells.push(cell)
    }
    return cells
  }
}

function fitMap(value: Json, leftovers: Leftover[]): Cell | undefined {
  if (!isObject(value)) return undefined
  const cells = new Map<string, string>()
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'string') cells.set(key, member)
    else if (member !== null) leftovers.push({ path: key, value: member })
  }
  return cells
}

function toInteger(value: Json): Cell | undefined {
  return typeof value === 'number' && (value | 0) === value ? value : undefined
}

function toLong(value: Json): Cell | undefined {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
}

/** Milliseconds hold no other spelling of the same instant. */
function toDatetime(value: Json): Cell | undefined {
  if (typeof value !== 'string') return undefined
  const time = Date.parse(value)
  if (Number.isNaN(time) || new Date(time).toISOString() !== value) return undefined
  return BigInt(time)
}

/** Adds what is left over to `unmapped`, under names that are free there. */
function withLeftovers(row: Row, leftovers: readonly Leftover[]): Row {
  const unmapped = new Map(row.unmapped as ReadonlyMap<string, string> | undefined)
  for (const { path, value } of leftovers) {
    let key = path
    while (unmapped.has(key)) key += '_'
    unmapped.set(key, toText(value))
  }
  return unmapped.size > 0 ? { ...row, unmapped } : row
}

function toText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value, digits)
}

/** Why an event does not belong in these objects, each of which has one class of one version. */
function schemaMismatch(event: Json, version: string): string | undefined {
  const { class_uid: classUid, metadata } = isObject(event) ? event : {}
  const actual = isObject(metadata) ? metadata.version : undefined
  if (classUid === 4001 && actual === version) return undefined
  return `not an event of class 4001 and OCSF ${version}, but of class ${toText(classUid ?? null)} and version ${toText(actual ?? null)}`
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// TypeScript does not know these parts of JSON yet.
const { parse, rawJSON } = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
  ): Json
  rawJSON(text: string): unknown
}

/** Integers above 2^53−1 become bigint instead of losing digits. */
function parseExactly(text: string): Json {
  return parse(text, (_, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value,
  )
}

function digits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}
