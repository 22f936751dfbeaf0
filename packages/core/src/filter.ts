/** Filter rules: which lines to drop, as data. */
import { all, is, not, status } from './combinators.ts'
import { compileCondition, type Line } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import { type FormatInput, parseFormat } from './format.ts'
import type { Condition } from './mapping.ts'
import type { Origin } from './origin.ts'

/**
 * A rule that drops lines; what it drops is counted under its name. Rejected traffic and lost
 * records are what a SIEM is asked about, so a rule never drops REJECT or SKIPDATA lines unless its
 * condition names them.
 */
export interface FilterRule {
  readonly name: string
  readonly drop: Condition
}

/** The conditions of the rules, with what they do not name protected. Throws on unusable names. */
export function filterConditions(rules: readonly FilterRule[]): readonly Condition[] {
  const names = new Set<string>()
  for (const { name } of rules) {
    if (names.has(name)) throw configurationError(`two filter rules are named "${name}"`)
    if (name === '' || name in {}) {
      throw configurationError(`a filter rule cannot be named "${name}"`)
    }
    names.add(name)
  }
  return rules.map(({ drop }) =>
    all(
      drop,
      ...(asksFor(drop, 'action', 'REJECT') ? [] : [not(is('action', 'REJECT'))]),
      ...(asksFor(drop, 'log_status', 'skipdata') ? [] : [not(status('SKIPDATA'))]),
    ),
  )
}

/** Builds a function that names the rule which drops a record of a format, if one does. */
export function createFilter(
  rules: readonly FilterRule[],
  format: FormatInput,
): (record: Line['record'], origin?: Origin) => string | undefined {
  const keys = new Set(parseFormat(format).columns.map(({ key }) => key))
  const tests = filterConditions(rules).map((drop) => compileCondition(drop, keys))
  return (record, origin = {}) => {
    const rule = tests.findIndex((test) =>
      typeof test === 'boolean' ? test : test({ record, origin }),
    )
    return rules[rule]?.name
  }
}

/** Whether a condition asks for this value of this field somewhere. */
function asksFor(condition: Condition, source: string, value: string): boolean {
  switch (condition.test) {
    case 'is':
      return (
        condition.source === source &&
        condition.values.some((each) => each.toLowerCase() === value.toLowerCase())
      )
    case 'not':
      return asksFor(condition.condition, source, value)
    case 'all':
    case 'any':
      return condition.conditions.some((each) => asksFor(each, source, value))
    default:
      return false
  }
}
