import { type ExactJson, parseExactly } from '@flowlogs/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from './lake-events.test-support.ts'
import { networkActivityColumns } from './ocsf-columns.ts'
import type { Row } from './parquet-file.ts'
import { createParseRow } from './parse-row.ts'

const parseRow = createParseRow(networkActivityColumns('1.1.0'), '1.1.0')
const needed = { class_uid: 4001, metadata: { version: '1.1.0' } }

function rowOf(members: string): Row {
  const head = JSON.stringify(needed).slice(0, -1)
  const parsed = parseRow(Buffer.from(`${head},${members}}`))
  if ('reason' in parsed) throw new Error(parsed.message)
  const { class_uid: _, metadata: __, ...row } = parsed.row
  return row
}

const unmapped = (texts: Record<string, string>) => ({ unmapped: new Map(Object.entries(texts)) })

describe('a value that fits stands in its column', () => {
  test.each<[string, Row]>([
    ['"activity_name":"Tràffic"', { activity_name: 'Tràffic' }],
    ['"activity_id":-2147483648', { activity_id: -2147483648 }],
    ['"type_uid":400106', { type_uid: 400106n }],
    ['"time":1763700000000', { time: 1763700000000n }],
    [
      '"traffic":{"bytes":9223372036854775807,"packets":9007199254740993}',
      { traffic: { bytes: 9223372036854775807n, packets: 9007199254740993n } },
    ],
    ['"time_dt":"2025-11-21T04:40:00.000Z"', { time_dt: 1763700000000n }],
    [
      '"src_endpoint":{"intermediate_ips":["10.0.0.1"]}',
      { src_endpoint: { intermediate_ips: ['10.0.0.1'] } },
    ],
    ['"observables":[{"name":"a","type_id":2}]', { observables: [{ name: 'a', type_id: 2 }] }],
    ['"observables":[]', { observables: [] }],
    [
      '"unmapped":{"a":"1","__proto__":"2"}',
      {
        unmapped: new Map([
          ['a', '1'],
          ['__proto__', '2'],
        ]),
      },
    ],
  ])('%s', (members, row) => {
    expect(rowOf(members)).toStrictEqual(row)
  })
})

test('null is no value, and stands in the way of none', () => {
  expect(
    rowOf('"time":1,"status_code":null,"message":null,"traffic":{"bytes":null}'),
  ).toStrictEqual({
    time: 1n,
    status_code: null,
    message: null,
    traffic: { bytes: null },
  })
})

describe('what has no room goes to unmapped', () => {
  test.each<[string, Row]>([
    ['"message":"hello"', unmapped({ message: 'hello' })],
    ['"device":{"ip":"10.0.0.1","n":1}', unmapped({ device: '{"ip":"10.0.0.1","n":1}' })],
    [
      '"cloud":{"zone":"a","org":{"uid":"o"}}',
      { cloud: { zone: 'a' }, ...unmapped({ 'cloud.org': '{"uid":"o"}' }) },
    ],
    [
      '"constructor":1,"__proto__":"x"',
      {
        unmapped: new Map([
          ['constructor', '1'],
          ['__proto__', 'x'],
        ]),
      },
    ],
    ['"duration":2147483648', unmapped({ duration: '2147483648' })],
    ['"duration":1.5', unmapped({ duration: '1.5' })],
    ['"activity_id":"6"', unmapped({ activity_id: '6' })],
    ['"activity_name":6', unmapped({ activity_name: '6' })],
    [
      '"traffic":{"bytes":9223372036854775808}',
      { traffic: {}, ...unmapped({ 'traffic.bytes': '9223372036854775808' }) },
    ],
    ['"traffic":"none"', unmapped({ traffic: 'none' })],
    ['"count":18446744073709551615', unmapped({ count: '18446744073709551615' })],
    ['"device":{"n":9007199254740993}', unmapped({ device: '{"n":9007199254740993}' })],
    ['"time_dt":"2025-11-21T04:40:00Z"', unmapped({ time_dt: '2025-11-21T04:40:00Z' })],
    ['"time_dt":"yesterday"', unmapped({ time_dt: 'yesterday' })],
    [
      '"observables":[{"name":"a"},{"name":"b","reputation":1}]',
      unmapped({ observables: '[{"name":"a"},{"name":"b","reputation":1}]' }),
    ],
    ['"observables":[null]', unmapped({ observables: '[null]' })],
    [
      '"unmapped":{"n":9007199254740993,"o":{"p":true}}',
      unmapped({ n: '9007199254740993', o: '{"p":true}' }),
    ],
    ['"unmapped":"text"', unmapped({ unmapped: 'text' })],
    ['"message":"new","unmapped":{"message":"old"}', unmapped({ message: 'old', message_: 'new' })],
  ])('%s', (members, row) => {
    expect(rowOf(members)).toStrictEqual(row)
  })
})

describe('no row is made of', () => {
  test.each([
    [
      '{"class_uid":4002,"metadata":{"version":"1.1.0"}}',
      'other_schema',
      'class 4002 and version 1.1.0',
    ],
    [
      '{"class_uid":4001,"metadata":{"version":"1.5.0"}}',
      'other_schema',
      'class 4001 and version 1.5.0',
    ],
    ['{"class_uid":"4001","metadata":[]}', 'other_schema', 'class 4001 and version null'],
    ['{"version":2,"account_id":"123456789012"}', 'other_schema', 'class null and version null'],
    ['[]', 'other_schema', 'class null and version null'],
    ['{"create":{}}\n{"class_uid":4001}', 'bad_json', 'SyntaxError'],
  ])('%s', (json, reason, message) => {
    expect(parseRow(Buffer.from(json))).toStrictEqual({
      reason,
      message: expect.stringContaining(message),
    })
  })
})

test('property: every value is in its column or in unmapped, and exact', () => {
  const names = fc.oneof(
    fc.constantFrom('time', 'duration', 'type_uid', 'time_dt', 'status_code', 'cloud', 'traffic'),
    fc.constantFrom('bytes', 'packets', 'zone', 'account', 'uid', 'observables', 'name', 'type_id'),
    fc.string(),
  )
  const { value } = fc.letrec<{ value: ExactJson }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'medium' },
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 65n }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 5 }),
    ),
  }))
  const events = fc
    .dictionary(names, value)
    .filter((event) => !Object.keys(event).some((name) => ['unmapped', 'class_uid'].includes(name)))
    .map((event) => ({ ...event, ...needed }))
  fc.assert(
    fc.property(events, (event) => {
      const json = stringify(event)
      const parsed = parseRow(Buffer.from(json))
      if ('reason' in parsed) throw new Error(parsed.message)
      const { unmapped = new Map(), ...row } = parsed.row
      const rest = new Map(unmapped as ReadonlyMap<string, string>)
      account(parseExactly(json), row, '', rest)
      expect([...rest]).toStrictEqual([])
    }),
    { numRuns: 1000 },
  )
})

/** Fails unless the cell is the value, or what it lacks is in `rest`, from which it is taken. */
function account(value: ExactJson, cell: unknown, path: string, rest: Map<string, string>): void {
  if (typeof cell === 'object' && !Array.isArray(cell)) {
    for (const [name, member] of Object.entries(value as object)) {
      const memberPath = path === '' ? name : `${path}.${name}`
      if (Object.hasOwn(cell as object, name)) {
        account(member, (cell as Row)[name], memberPath, rest)
      } else {
        // Two paths may read the same, such as that of a name with a dot.
        const keys = [...rest.keys()].filter(
          (key) => key.replace(/_+$/, '') === memberPath.replace(/_+$/, ''),
        )
        const texts = keys.map((key) => rest.get(key))
        const text = typeof member === 'string' ? member : stringify(member)
        expect(texts).toContain(text)
        rest.delete(keys[texts.indexOf(text)] ?? '')
      }
    }
    return
  }
  expect(stringify(cell)).toBe(
    typeof value === 'string' && typeof cell === 'bigint'
      ? String(Date.parse(value))
      : stringify(value),
  )
}
