import { type ExactJson, loadCases, parseExactly } from '@flowlogs/conformance'
import { createTransform, fields, presets, recordMapping } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { type TableColumn, tableColumns } from './table-columns.ts'

describe('columns', () => {
  test('of the default format', () => {
    expect(tableColumns('v2')).toStrictEqual([
      { name: 'version', type: 'int' },
      { name: 'account_id', type: 'string' },
      { name: 'interface_id', type: 'string' },
      { name: 'srcaddr', type: 'string' },
      { name: 'dstaddr', type: 'string' },
      { name: 'srcport', type: 'int' },
      { name: 'dstport', type: 'int' },
      { name: 'protocol', type: 'int' },
      { name: 'packets', type: 'bigint' },
      { name: 'bytes', type: 'bigint' },
      { name: 'start', type: 'bigint' },
      { name: 'end', type: 'bigint' },
      { name: 'action', type: 'string' },
      { name: 'log_status', type: 'string' },
    ])
  })

  test('that are numbers, among all that AWS has published', () => {
    const all = [...new Set([...tableColumns('v11'), ...tableColumns('tgw')].map(column))]
    expect(all).toHaveLength(fields.length)
    expect(all.filter((each) => !each.endsWith('string'))).toStrictEqual([
      'version int',
      'srcport int',
      'dstport int',
      'protocol int',
      'packets bigint',
      'bytes bigint',
      'start bigint',
      'end bigint',
      'tcp_flags int',
      'traffic_path int',
      'encryption_status int',
      'packets_lost_no_route bigint',
      'packets_lost_blackhole bigint',
      'packets_lost_mtu_exceeded bigint',
      'packets_lost_ttl_expired bigint',
    ])
  })

  test('are in the order of the format, and text where AWS has not published the field', () => {
    expect(tableColumns('${next-years-field} ${end} ${bytes}')).toStrictEqual([
      { name: 'next_years_field', type: 'string' },
      { name: 'end', type: 'bigint' },
      { name: 'bytes', type: 'bigint' },
    ])
  })
})

describe('what recordMapping makes of a line fits in the columns', () => {
  const cases = loadCases()

  test('in every case of the corpus', () => {
    const misfits = cases.flatMap(({ name, header, input }) =>
      misfitsOf(tableColumns(header), records(header, input)).map((misfit) => `${name}: ${misfit}`),
    )
    expect(misfits).toStrictEqual([])
    expect(cases.flatMap(({ header, input }) => records(header, input)).length).toBeGreaterThan(50)
  })

  test('at the limits of every field', () => {
    for (const text of Object.values(presets)) {
      const columns = tableColumns(text)
      const largest = { int: '255', bigint: '9223372036854775807', string: 'text' }
      const line = columns.map(({ name, type }) =>
        /^(?:pkt_)?(?:src|dst)addr$/.test(name) ? '2001:db8::1' : largest[type],
      )
      const made = records(text, Buffer.from(line.join(' ')))
      expect(made.map((record) => Object.keys(record))).toStrictEqual([
        columns.map(({ name }) => name),
      ])
      expect(misfitsOf(columns, made)).toStrictEqual([])
    }
  })

  test('and what does not fit is found', () => {
    const columns = tableColumns('version bytes action')
    const wrong = parseExactly(
      '{"version":2147483648,"bytes":9223372036854775808,"action":1,"other":"x"}',
    )
    expect(misfitsOf(columns, [wrong as Record<string, ExactJson>])).toStrictEqual([
      'version 2147483648 is not int',
      'bytes 9223372036854775808 is not bigint',
      'action 1 is not string',
      'other is no column',
    ])
  })
})

function column({ name, type }: TableColumn): string {
  return `${name} ${type}`
}

function records(format: string, input: Uint8Array): readonly Record<string, ExactJson>[] {
  const { output } = createTransform({ format, mapping: recordMapping })(input)
  const documents = Buffer.from(output).toString().split('\n').slice(0, -1)
  return documents.map((document) => parseExactly(document) as Record<string, ExactJson>)
}

/** What a JSON SerDe could not put in the columns. */
function misfitsOf(
  columns: readonly TableColumn[],
  made: readonly Record<string, ExactJson>[],
): readonly string[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  return made.flatMap((record) =>
    Object.entries(record).flatMap(([name, value]) => {
      const type = types.get(name)
      if (type === undefined) return [`${name} is no column`]
      return isOfType[type](value) ? [] : [`${name} ${value} is not ${type}`]
    }),
  )
}

const isOfType = {
  string: (value: ExactJson) => typeof value === 'string',
  int: (value: ExactJson) => isInteger(value, 31n),
  bigint: (value: ExactJson) => isInteger(value, 63n),
}

function isInteger(value: ExactJson, bits: bigint): boolean {
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return false
  const integer = BigInt(value as number | bigint)
  return integer >= -(2n ** bits) && integer < 2n ** bits
}
