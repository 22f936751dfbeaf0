/** The columns of a Parquet file, as those of a flow log. */
import type { SchemaElement } from 'hyparquet'
import { recordShape } from './record-shape.ts'
import { createToText, type ToText } from './value-text.ts'

/** One column. */
export interface NamedColumn {
  /** Its name in the file. */
  readonly path: string
  /** The name in a format, with dashes. */
  readonly name: string
  readonly toText: ToText
}

/** Reads the columns in their order, or tells why no flow log has such columns. */
export function readColumns(schema: readonly SchemaElement[]): readonly NamedColumn[] | string {
  const paths = schema.slice(1).map(({ name }) => name)
  const nested = schema.slice(1).find(({ num_children, type }) => num_children || !type)
  if (nested) return `the column "${nested.name}" is nested`
  const shape = recordShape(paths)
  if (shape === undefined || ('isClear' in shape && !shape.isClear && !shape.isExact)) {
    return `no flow log has the columns ${paths.join(', ').slice(0, 200)}`
  }
  if ('problem' in shape) return shape.problem
  const taken = shape.rivals.find(({ ownName }) => ownName === undefined)
  if (taken) return `two columns both mean "${taken.winner.name}"`
  const rivals = shape.rivals.map(({ index, ownName = '' }) => {
    return { index, name: ownName, field: undefined }
  })
  return [...shape.members, ...rivals]
    .sort((left, right) => left.index - right.index)
    .map(({ index, name, field }): NamedColumn => {
      const toText = createToText(field)
      return {
        path: paths[index] ?? '',
        name,
        toText: (value) => toText(plainValue(value)),
      }
    })
}

/** Times as ISO 8601; not a number is how tools write that there is none. */
function plainValue(value: unknown): unknown {
  if (Number.isNaN(value)) return undefined
  if (!(value instanceof Date)) return value
  return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
}
