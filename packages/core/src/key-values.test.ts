/** Objects as OpenTelemetry's key-value pairs, the same in both lanes. */
import { expect, test } from 'vitest'
import * as core from './index.ts'
import { createBothLanes } from './lanes.test-support.ts'

const { createMapping, keyValues, number, origin, rest, text, when } = core

function pairsOf(template: core.Template, format: string, line: string): unknown {
  const mapping = createMapping({ name: 'pairs', template: { pairs: keyValues(template) } })
  return JSON.parse(createBothLanes({ mapping, format })(line, { region: 'eu-west-1' }).output)
}

test('every kind of value has its type', () => {
  const template = {
    constant: 'aws',
    port: number('srcport'),
    half: 0.5,
    yes: true,
    time: core.milliseconds('start'),
    list: [text('srcaddr'), number('srcport'), { deep: [text('srcport')] }],
    object: { region: text(origin('region')), none: text('action') },
    empty: { op: 'constant', value: {} } as const,
  }
  expect(pairsOf(template, 'srcaddr srcport start action', '10.0.0.1 443 1763700000 -')).toEqual({
    pairs: [
      { key: 'constant', value: { stringValue: 'aws' } },
      { key: 'port', value: { intValue: '443' } },
      { key: 'half', value: { doubleValue: 0.5 } },
      { key: 'yes', value: { boolValue: true } },
      { key: 'time', value: { intValue: '1763700000000' } },
      {
        key: 'list',
        value: {
          arrayValue: {
            values: [
              { stringValue: '10.0.0.1' },
              { intValue: '443' },
              {
                kvlistValue: {
                  values: [
                    { key: 'deep', value: { arrayValue: { values: [{ stringValue: '443' }] } } },
                  ],
                },
              },
            ],
          },
        },
      },
      {
        key: 'object',
        value: {
          kvlistValue: { values: [{ key: 'region', value: { stringValue: 'eu-west-1' } }] },
        },
      },
      { key: 'empty', value: { kvlistValue: { values: [] } } },
    ],
  })
})

test('an integer that a double cannot hold is text, and the largest one that it can is not', () => {
  const values = ['9007199254740991', '9007199254740992', '9223372036854775807']
  expect(values.map((value) => pairsOf({ n: number('bytes') }, 'bytes', value))).toEqual([
    { pairs: [{ key: 'n', value: { intValue: values[0] } }] },
    { pairs: [{ key: 'n', value: { stringValue: values[1] } }] },
    { pairs: [{ key: 'n', value: { stringValue: values[2] } }] },
  ])
})

test('what nothing carries is a pair as well, and pairs without a value vanish', () => {
  const template = { port: number('srcport'), other: when(core.present('bytes'), rest) }
  expect(pairsOf(template, 'srcport bytes next-thing', '443 7 a"b')).toEqual({
    pairs: [
      { key: 'port', value: { intValue: '443' } },
      {
        key: 'other',
        value: {
          kvlistValue: {
            values: [
              { key: 'bytes', value: { stringValue: '7' } },
              { key: 'next_thing', value: { stringValue: 'a"b' } },
            ],
          },
        },
      },
    ],
  })
  expect(pairsOf(template, 'srcport bytes', '- -')).toEqual({})
})

test('times in nanoseconds are text', () => {
  const template = {
    start: core.nanoseconds('start'),
    sent: core.nanoseconds(origin('timestamp')),
    now: core.nowNanoseconds,
  }
  const mapping = createMapping({ name: 'times', template })
  const run = createBothLanes({ mapping, format: 'start bytes' })
  expect(run('1763700000 1\n1763700000123 1\n5 1', { timestamp: 1_763_700_061_789 }).output).toBe(
    [
      '{"start":"1763700000000000000","sent":"1763700061789000000","now":"1763700062345000000"}\n',
      '{"start":"1763700000123000000","sent":"1763700061789000000","now":"1763700062345000000"}\n',
      '{"sent":"1763700061789000000","now":"1763700062345000000"}\n',
    ].join(''),
  )
})

test('times as text, in all their forms', () => {
  const template = {
    full: core.datetime('start'),
    short: core.shortDatetime('start'),
    date: core.date('start'),
    clock: core.timeOfDay('start'),
    sent: core.shortDatetime(origin('timestamp')),
    now: core.nowShortDatetime,
  }
  const mapping = createMapping({ name: 'times', template })
  const run = createBothLanes({ mapping, format: 'start bytes' })
  const others = '"sent":"2025-11-21T04:41:01.789Z","now":"2025-11-21T04:41:02.345Z"}\n'
  expect(run('1763700000 1\n1763700000120 1\n5 1', { timestamp: 1_763_700_061_789 }).output).toBe(
    [
      '{"full":"2025-11-21T04:40:00.000Z","short":"2025-11-21T04:40:00Z","date":"2025-11-21","clock":"04:40:00",',
      others,
      '{"full":"2025-11-21T04:40:00.120Z","short":"2025-11-21T04:40:00.12Z","date":"2025-11-21","clock":"04:40:00",',
      others,
      `{${others}`,
    ].join(''),
  )
})

test('pairs inside pairs are refused', () => {
  const template = { a: keyValues({ b: keyValues({ c: text('action') }) }) }
  expect(() => createMapping({ name: 'nested', template })).toThrow(
    'in a mapping, key-value pairs cannot stand inside key-value pairs',
  )
})
