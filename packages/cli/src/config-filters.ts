/** Conditions as a configuration writes them, made into core's. */
import { all, any, type Condition, fields, inNetwork, is, not, present } from '@flowlogs/core'

/** A question about a line: a field with one test, or one of `all`, `any` and `not`. */
export interface ConfigCondition {
  readonly field?: string
  readonly is?: string | number | readonly (string | number)[]
  readonly in_network?: string | readonly string[]
  readonly present?: boolean
  readonly all?: readonly ConfigCondition[]
  readonly any?: readonly ConfigCondition[]
  readonly not?: ConfigCondition
}

/** A rule that drops lines, as a configuration writes it. */
export interface ConfigFilter {
  readonly name: string
  readonly drop: ConfigCondition
}

/** The condition; throws when a network or its field is wrong. */
export function toCondition(condition: ConfigCondition): Condition {
  if (condition.all) return all(...condition.all.map(toCondition))
  if (condition.any) return any(...condition.any.map(toCondition))
  if (condition.not) return not(toCondition(condition.not))
  const name = condition.field ?? ''
  const key = name.replaceAll('-', '_')
  if (condition.is !== undefined) return is(key, ...[condition.is].flat().map(String))
  if (condition.in_network !== undefined) {
    if (fields.find((field) => field.name === name)?.kind !== 'address') {
      throw new Error(`in_network needs a field with addresses, and ${name} has none`)
    }
    return inNetwork(key, ...[condition.in_network].flat())
  }
  return condition.present === false ? not(present(key)) : present(key)
}
