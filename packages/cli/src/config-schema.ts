/** What a configuration may say: the JSON Schema, and its errors in words. */
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import type { ConfigDocument, Path, Problem } from './config-document.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly 'x-expected'?: string
}

/** The schema as it is published: also `${NAME}` stands for a number there. */
export function readConfigSchema(): object {
  return JSON.parse(readFileSync(new URL('../flowlogs.schema.json', import.meta.url), 'utf8'))
}

/** What is wrong with a document; its value, with numbers from variables, if nothing is. */
export function checkConfigSchema(
  document: ConfigDocument,
): { readonly value: unknown } | { readonly problems: readonly Problem[] } {
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  ajv.addVocabulary(['x-expected'])
  const validate = ajv.compile(withoutVariables(readConfigSchema()) as object)
  const value = structuredClone(document.value)
  let errors = validate(value) ? [] : (validate.errors ?? [])
  const converted = errors.filter((error) => convert(value, error, document))
  if (converted.length > 0) errors = validate(value) ? [] : (validate.errors ?? [])
  const told = errors.filter(isTelling)
  if (told.length === 0) return { value }
  const problems = told.map((error) => toProblem(error, pathOf(value, error), document))
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) }
}

const variable = '^\\$\\{'

/** The same schema for values in which variables have been substituted. */
function withoutVariables(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutVariables)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, each]) => [key, withoutVariables(each)])
  const copy = Object.fromEntries(entries)
  if (copy.pattern !== variable) return copy
  const { pattern: _, ...rest } = copy
  return { ...rest, type: rest.type[0] }
}

/** Makes a number or a boolean of what a variable said, where one is needed. */
function convert(value: unknown, error: ErrorObject, document: ConfigDocument): boolean {
  const path = pathOf(value, error)
  const last = path.at(-1)
  const { data } = error
  if (error.keyword !== 'type' || last === undefined || typeof data !== 'string') return false
  if (!document.isSubstituted(path)) return false
  const types = [error.params.type].flat()
  const meant =
    types.includes('integer') && /^\d+$/.test(data)
      ? Number(data)
      : types.includes('boolean') && /^(true|false)$/.test(data)
        ? data === 'true'
        : undefined
  if (meant === undefined) return false
  const parent = valueAt(value, path.slice(0, -1)) as Record<string | number, unknown>
  parent[last] = meant
  return true
}

/** What an alternative of `oneOf` misses is said by `oneOf` as a whole. */
function isTelling({ schemaPath }: ErrorObject): boolean {
  return !schemaPath.includes('/oneOf/')
}

function toProblem(error: ErrorObject, path: Path, document: ConfigDocument): Problem {
  const schema = error.parentSchema as Schema
  const { params } = error
  if (error.keyword === 'additionalProperties') {
    const key: string = params.additionalProperty
    const known = Object.keys(schema.properties ?? {})
    const message = `there is no such key${suggest(key, known)}; there are ${known.join(', ')}`
    return document.problem([...path, key], message, 'key')
  }
  if (error.keyword === 'required') {
    const message = `${params.missingProperty} is missing`
    return document.problem(path, message, 'key')
  }
  const found = foundAt(error, path, document)
  const near =
    error.keyword === 'enum' && typeof error.data === 'string' && !document.isSubstituted(path)
      ? suggest(error.data, schema.enum ?? [])
      : ''
  return document.problem(path, `expected ${expectedBy(schema)}${found}${near}`)
}

/** What stands in the file, and never what a variable holds: that may be a secret. */
function foundAt({ data, keyword }: ErrorObject, path: Path, document: ConfigDocument): string {
  if (keyword === 'oneOf') return ''
  if (Array.isArray(data)) return data.length === 0 ? ', not an empty list' : ', not a list'
  if (data === null) return ', not nothing'
  if (typeof data === 'object') return ', not an object'
  return `, not ${document.sourceAt(path) ?? 'this'}`
}

function expectedBy(schema: Schema): string {
  if (schema['x-expected'] !== undefined) return schema['x-expected']
  if (schema.enum && schema.enum.length > 10) return `one of ${schema.enum.length} names`
  if (schema.enum)
    return schema.enum.length === 1 ? schema.enum[0]! : `one of ${schema.enum.join(', ')}`
  const [type] = [schema.type ?? 'something else'].flat()
  const { minimum, maximum } = schema
  switch (type) {
    case 'integer':
      return maximum === undefined
        ? `an integer of at least ${minimum}`
        : `an integer from ${minimum} to ${maximum}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list with at least one item'
    case 'string':
      return schema.minLength === undefined ? 'a text' : 'a text that is not empty'
    default:
      return `an ${type}`
  }
}

function pathOf(value: unknown, { instancePath }: ErrorObject): Path {
  const path: (string | number)[] = []
  for (const part of instancePath.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(value, path)) ? Number(name) : name)
  }
  return path
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], value)
}

/** `; did you mean port?`, if a name is near. */
function suggest(name: string, known: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '')
  const ranked = known
    .map((each) => ({ each, distance: distanceOf(plain(name.slice(0, 64)), plain(each)) }))
    .sort((a, b) => a.distance - b.distance)
  const [nearest] = ranked
  if (!nearest || nearest.distance >= Math.min(name.length, nearest.each.length)) return ''
  const isNear = nearest.distance <= Math.max(2, nearest.each.length / 3)
  return isNear ? `; did you mean ${nearest.each}?` : ''
}

/** The number of letters to insert, remove or replace. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (let at = 0; at < to.length; at++) {
      const replaced = row[at]! + (letter === to[at] ? 0 : 1)
      next.push(Math.min(replaced, row[at + 1]! + 1, next[at]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
