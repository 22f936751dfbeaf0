import { createLineGenerator, createRandom, randomFormat } from '@flowlogs/conformance'
import {
  bulkEnvelope,
  createTransform,
  type FilterRule,
  fields,
  is,
  type Origin,
  recordMapping,
} from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { type PartitionKey, partitionMapping, takePartitionKeys } from './partition-keys.ts'

const accept =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const reject =
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK'
const nodata = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
const usual: readonly PartitionKey[] = ['account', 'region', 'day', 'hour', 'action']

function take(lines: string, keys = usual, origin: Origin = {}, format = 'v2') {
  const mapping = partitionMapping(recordMapping, keys)
  return takePartitionKeys(createTransform({ format, mapping })(lines, origin).output)
}

function keysOf(lines: string, keys = usual, origin: Origin = {}, format = 'v2') {
  return take(lines, keys, origin, format).keys
}

describe('keys', () => {
  test('come from the record, else from its origin', () => {
    expect(
      keysOf(accept, usual, { account: '999999999999', region: 'eu-central-1' }),
    ).toStrictEqual({
      account: '123456789010',
      region: 'eu-central-1',
      day: '2014-12-14',
      hour: '04',
      action: 'ACCEPT',
    })
    expect(
      keysOf(
        '10.0.0.1 us-west-2 22',
        ['account', 'region'],
        { account: '1', region: 'x' },
        'srcaddr region dstport',
      ),
    ).toStrictEqual({ account: '1', region: 'us-west-2' })
  })

  test('are unknown where nothing tells them', () => {
    const unknown = {
      account: 'unknown',
      region: 'unknown',
      day: 'unknown',
      hour: 'unknown',
      action: 'unknown',
      vpc_id: 'unknown',
    }
    const keys = [...usual, 'vpc_id'] as const
    expect(keysOf('443 -', keys, {}, 'dstport account-id')).toStrictEqual(unknown)
    // Not a plausible time.
    expect(keysOf('443 7', keys, {}, 'dstport start')).toStrictEqual(unknown)
    expect(keysOf(nodata, ['action', 'day'])).toStrictEqual({
      action: 'unknown',
      day: '2015-05-10',
    })
  })

  test('of the day are those of the start, then of the end, then of the transport', () => {
    const timestamp = Date.UTC(2026, 0, 31, 23, 59, 59, 999)
    const at = (line: string, format: string) =>
      keysOf(line, ['day', 'hour'], { timestamp }, format)
    expect(at('1767225599 1767225600', 'start end')).toStrictEqual({
      day: '2025-12-31',
      hour: '23',
    })
    expect(at('- 1767225600', 'start end')).toStrictEqual({ day: '2026-01-01', hour: '00' })
    expect(at('- -', 'start end')).toStrictEqual({ day: '2026-01-31', hour: '23' })
  })

  test('are safe in the name of an object', () => {
    const key = (value: string) =>
      keysOf(`443 ${value}`, ['instance_tag'], {}, 'dstport instance-tag')?.instance_tag
    expect(key('web-1_a.B')).toBe('web-1_a.B')
    expect(key('a/b%20c=d"e\\f')).toBe('a_b_20c_d_e_f')
    expect(key('../../etc')).toBe('.._.._etc')
    expect(key('..')).toBe('__')
    expect(key('émile')).toBe('_mile')
    expect(key('x'.repeat(2000))).toBe('x'.repeat(128))
  })
})

describe('events', () => {
  const plain = createTransform({ mapping: recordMapping })

  test('are what they are without keys', () => {
    const { events, isMixed } = take(`${accept}\n${accept}\n`)
    expect(Buffer.from(events).toString()).toBe(
      Buffer.from(plain(`${accept}\n${accept}\n`).output).toString(),
    )
    expect(isMixed).toBe(false)
  })

  test('with other keys are noticed', () => {
    expect(take(`${accept}\n${accept}\n${reject}\n`)).toMatchObject({
      isMixed: true,
      keys: { action: 'ACCEPT' },
    })
    expect(take(`${accept}\n${reject}\n`, ['day'])).toMatchObject({ isMixed: false })
  })

  test('of any other mapping have no keys', () => {
    const { output } = plain(accept)
    expect(takePartitionKeys(output)).toStrictEqual({ events: output, isMixed: false })
    expect(takePartitionKeys(new Uint8Array(0))).toStrictEqual({
      events: new Uint8Array(0),
      isMixed: false,
    })
  })

  test('and keys go together line by line, whatever is left out, in both lanes', () => {
    const random = createRandom(20261122)
    const filter: readonly FilterRule[] = [{ name: 'accepted', drop: is('action', 'ACCEPT') }]
    for (let round = 0; round < 50; round++) {
      const columns = randomFormat(fields, random)
      const format = columns.map(({ name }) => name).join(' ')
      const generate = createLineGenerator(columns, random)
      const input = Array.from({ length: 20 }, () => generate().join(' ')).join('\n')
      const mapping = partitionMapping(recordMapping, ['account', 'day', 'protocol'])
      const expected = createTransform({ format, mapping: recordMapping, filter })(input)
      for (const engine of ['auto', 'object'] as const) {
        const made = createTransform({ format, mapping, filter, engine })(input)
        expect({ ...made.ledger, lanes: {} }).toStrictEqual({ ...expected.ledger, lanes: {} })
        expect(Buffer.from(takePartitionKeys(made.output).events).toString()).toBe(
          Buffer.from(expected.output).toString(),
        )
      }
    }
  })
})

test('a wrong configuration is refused', () => {
  const refusal = (keys: readonly string[], mapping = recordMapping) => {
    try {
      partitionMapping(mapping, keys as readonly PartitionKey[])
    } catch (error) {
      return String(error)
    }
    return undefined
  }
  expect(refusal([])).toBe('ConfigurationError: partition keys need at least one name')
  expect(refusal(['day', 'day'])).toBe('ConfigurationError: a partition key is named twice')
  expect(refusal(['month'])).toBe(
    'ConfigurationError: "month" is not a partition key, nor a field that AWS has published',
  )
  expect(refusal(['day'], bulkEnvelope(recordMapping))).toBe(
    'ConfigurationError: the mapping "record+bulk" has a document before each event',
  )
})
