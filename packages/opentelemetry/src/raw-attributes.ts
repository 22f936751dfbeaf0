/** The attributes under AWS's own names, with underscores. */
import { type Field, fieldKey, fields, type Node, number, object, rest, text } from '@flowlogs/core'

const rows: readonly Field[] = fields

/** Fields that AWS has not published share one attribute, so that no format has too many. */
export const rawAttributes: Node = object(
  Object.fromEntries(
    rows.map(({ name, kind }) => {
      const key = fieldKey(name)
      return [key, kind === 'text' || kind === 'address' ? text(key) : number(key)]
    }),
  ),
  { unmapped: rest },
)
