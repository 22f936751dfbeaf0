/** A question to flow logs, with its parameters; its SQL is written once, for every dialect. */
import { configurationError, type FieldKey } from '@flowlogs/core'
import type { Dialect } from './dialect.ts'
import type { Parameter } from './parameter.ts'

/** Which columns of the answer make a chart. */
export interface Chart {
  /** Bars for a ranking, a line for something over time. */
  readonly kind: 'bar' | 'line'
  /** The column with the numbers. */
  readonly value: string
}

/** A question with a name. */
export interface Query {
  readonly name: string
  /** What is asked, in one sentence. */
  readonly about: string
  /** The fields without which there is no answer. */
  readonly needs: readonly FieldKey[]
  readonly parameters: Readonly<Record<string, Parameter>>
  /** What of the answer makes a chart, if anything. */
  chart(given: Readonly<Record<string, string>>): Chart | undefined
  /** The SQL over `flows`, for parameters as they are typed; throws on those that do not exist. */
  sql(given: Readonly<Record<string, string>>, dialect: Dialect): string
}

type ParametersOf = Readonly<Record<string, Parameter>>

/** The parsed values: absent ones have no default. */
type ValuesOf<Parameters extends ParametersOf> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends Parameter<infer Value>
    ? Value
    : never
}

/** Defines a query. */
export function defineQuery<const Parameters extends ParametersOf>(definition: {
  readonly name: string
  readonly about: string
  readonly needs: readonly FieldKey[]
  readonly parameters?: Parameters
  readonly chart?: Chart | ((values: ValuesOf<Parameters>) => Chart)
  readonly sql: (values: ValuesOf<Parameters>, dialect: Dialect) => string
}): Query {
  const { name, about, needs, chart } = definition
  const parameters: ParametersOf = definition.parameters ?? {}
  const valuesOf = (given: Readonly<Record<string, string>>): ValuesOf<Parameters> => {
    for (const each of Object.keys(given)) {
      if (!(each in parameters)) {
        throw configurationError(`the query ${name} has no parameter "${each}"`)
      }
    }
    const values = Object.entries(parameters).map(([each, parameter]) => {
      const text = given[each] ?? parameter.fallback
      return [each, text === undefined ? undefined : parameter.parse(text)]
    })
    return Object.fromEntries(values) as ValuesOf<Parameters>
  }
  return {
    name,
    about,
    needs,
    parameters,
    chart: (given) => (typeof chart === 'function' ? chart(valuesOf(given)) : chart),
    sql: (given, dialect) => definition.sql(valuesOf(given), dialect),
  }
}
