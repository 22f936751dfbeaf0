import {
  createMapping,
  type Field,
  fieldKey,
  fields,
  type Mapping,
  number,
  rest,
  type Template,
  text,
} from '@flowlogs/core'

/** A column of the table that flows are loaded into. */
export interface FlowColumn {
  readonly name: string
  readonly type: 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'MAP(VARCHAR, VARCHAR)'
}

const types: Readonly<Record<Field['parquet'], FlowColumn['type']>> = {
  STRING: 'VARCHAR',
  INT32: 'INTEGER',
  INT64: 'BIGINT',
}

const rows: readonly Field[] = fields

/** Every field that AWS publishes under its name with underscores; what else a line has is in `unmapped`. */
export const flowColumns: readonly FlowColumn[] = [
  ...rows.map(({ name, parquet }) => ({ name: fieldKey(name), type: types[parquet] })),
  { name: 'unmapped', type: 'MAP(VARCHAR, VARCHAR)' },
]

/** Makes of a line what the table takes. */
export const loadMapping: Mapping = createMapping({
  name: 'query',
  template: {
    ...Object.fromEntries(
      rows.map(({ name, parquet }): [string, Template] => {
        const key = fieldKey(name)
        return [key, parquet === 'STRING' ? text(key) : number(key)]
      }),
    ),
    unmapped: rest,
  },
})
