import { gzipSync } from 'node:zlib'
import { createTransform, isBalanced, type Origin, recordMapping } from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Delivery, transformDelivery } from './delivery.ts'
import { unwrap } from './unwrap.ts'

const encoder = new TextEncoder()
const line =
  '2 647604195155 eni-05fdd58317a3a58e4 10.30.2.238 10.30.1.217 8089 39016 6 22 10527 1643160732 1643160792 ACCEPT OK'

// Real bytes: two captures of flow logs sent straight to Firehose, and the message with which
// CloudWatch Logs checks a destination.
const captures = {
  direct:
    'eyJtZXNzYWdlIjoiMiA2NDc2MDQxOTUxNTUgZW5pLTA1ZmRkNTgzMTdhM2E1OGU0IDEwLjMwLjIuMjM4IDEwLjMwLjEuMjE3IDgwODkgMzkwMTYgNiAyMiAxMDUyNyAxNjQzMTYwNzMyIDE2NDMxNjA3OTIgQUNDRVBUIE9LIn0=',
  directWithNewline:
    'eyJtZXNzYWdlIjoiMiAwNTg2OTQ4NTY0NzYgZW5pLTAzYzBmNWJhNzlhNjZlZjE3IDEwLjMuMTY2LjcxIDEwLjMuMTQxLjIwOSA0NDMgMzg2MzQgNiAxMDMgNDI5MjYgMTY4MDgzODU1NiAxNjgwODM4NTc4IEFDQ0VQVCBPSyJ9Cg==',
  control:
    'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA=',
}

describe('what AWS delivers', () => {
  test('a flow log straight to Firehose', () => {
    expect(plain(unwrap(base64(captures.direct)))).toStrictEqual(found([line], [{ line: 1 }]))
  })

  test('the same with a newline', () => {
    expect(plain(unwrap(base64(captures.directWithNewline)))).toStrictEqual(
      found(
        [
          '2 058694856476 eni-03c0f5ba79a66ef17 10.3.166.71 10.3.141.209 443 38634 6 103 42926 1680838556 1680838578 ACCEPT OK',
        ],
        [{ line: 1 }],
      ),
    )
  })

  test('a control message', () => {
    expect(plain(unwrap(base64(captures.control)))).toStrictEqual({
      ...found([], []),
      control: 1,
    })
  })

  test('a CloudWatch Logs payload', () => {
    expect(plain(unwrap(gzipSync(payload(['a', 'b'])), { origin: { record: 3 } }))).toStrictEqual(
      found(['a', 'b'], [eventOrigin(1, { record: 3 }), eventOrigin(2, { record: 3 })]),
    )
  })

  test('decompressed by Firehose, one after the other', () => {
    const two = `${payload(['a'])}${payload(['b'])}`
    expect(plain(unwrap(encoder.encode(two)))).toStrictEqual(
      found(['a', 'b'], [eventOrigin(1), { ...eventOrigin(1), line: 2 }]),
    )
  })

  test('messages extracted by Firehose', () => {
    const text = `a\n\nCWL CONTROL MESSAGE: Checking health of destination Firehose.\nb`
    expect(plain(unwrap(encoder.encode(text)))).toStrictEqual(
      found(
        ['a', '', 'CWL CONTROL MESSAGE: Checking health of destination Firehose.', 'b'],
        [{ line: 1 }, { line: 2 }, { line: 3 }, { line: 4 }],
      ),
    )
  })

  test('gzip members in a row, and compressed twice', () => {
    const members = Buffer.concat([gzipSync(payload(['a'])), gzipSync('{"message":"b"}')])
    for (const bytes of [members, gzipSync(members)]) {
      expect(plain(unwrap(bytes))).toStrictEqual(found(['a', 'b'], [eventOrigin(1), { line: 2 }]))
    }
  })

  test('a message of several lines is several lines', () => {
    expect(plain(unwrap(encoder.encode('{"message":"a\\nb\\r\\n"}')))).toStrictEqual(
      found(['a', 'b\r'], [{ line: 1 }, { line: 2 }]),
    )
  })

  test('an empty record is nothing, an empty message is a blank line', () => {
    expect(plain(unwrap(new Uint8Array(0)))).toStrictEqual(found([], []))
    expect(plain(unwrap(encoder.encode('{"message":""}')))).toStrictEqual(
      found([''], [{ line: 1 }]),
    )
  })
})

describe('what cannot be opened is a rejection', () => {
  test.each([
    ['{"messageType":"HELLO"}', 'unknown_shape'],
    ['{"messageType":"DATA_MESSAGE","logEvents":{}}', 'unknown_shape'],
    ['{"message":7}', 'unknown_shape'],
    ['{}', 'unknown_shape'],
    ['{"__proto__":{"message":"2"}}', 'unknown_shape'],
    ['{"message":"2', 'bad_json'],
    ['{"message":]}', 'bad_json'],
    [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'too_deep'],
    [`{"a":${'{"a":'.repeat(63)}1${'}'.repeat(64)}`, 'unknown_shape'],
    [`{"a":${'['.repeat(64)}1${']'.repeat(64)}}`, 'too_deep'],
    [`${'{"a":'.repeat(10_000)}`, 'bad_json'],
    [`{"a":[${'1,'.repeat(1_000_000)}1]}`, 'unknown_shape'],
    [`{"a":[${'1,'.repeat(1_000_001)}1]}`, 'too_many_records'],
  ] as const)('%.60s', (text, code) => {
    expect(plain(unwrap(encoder.encode(text), { origin: { record: 1 } }))).toStrictEqual({
      ...found([], []),
      rejections: [{ code, line: text, origin: { record: 1 } }],
    })
  })

  test('the good around the bad are kept', () => {
    const text = [
      '{"message":"a"}{"message":1}{"message":"b"}',
      '{"message":"cut',
      '{"message":"c"}',
      '{"messageType":"DATA_MESSAGE","logEvents":[',
      '{"message":"d"}',
      'a line',
      '{"message":"e"}',
    ].join('\n')
    expect(plain(unwrap(encoder.encode(text)))).toStrictEqual({
      ...found(
        ['a', 'b', 'c', 'd', 'a line', 'e'],
        [1, 2, 3, 4, 5, 6].map((line) => ({ line })),
      ),
      rejections: [
        { code: 'unknown_shape', line: '{"message":1}' },
        { code: 'bad_json', line: '{"message":"cut' },
        { code: 'bad_json', line: '{"messageType":"DATA_MESSAGE","logEvents":[' },
      ],
    })
  })

  test('an event that is no line does not take its payload with it', () => {
    const text = JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: 'group',
      logEvents: [{ id: '1', message: { srcAddr: '10.0.0.1' } }, null, { message: 'a' }],
    })
    const origin = { account: '123456789012', logGroup: 'group' }
    expect(plain(unwrap(encoder.encode(text)))).toStrictEqual({
      ...found(['a'], [{ ...origin, line: 1 }]),
      rejections: [
        { code: 'unknown_shape', line: '{"id":"1","message":{"srcAddr":"10.0.0.1"}}', origin },
        { code: 'unknown_shape', line: 'null', origin },
      ],
    })
  })

  test('an object that is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"message":"'),
      Uint8Array.of(0xff),
      Buffer.from('"}'),
    ])
    expect(plain(unwrap(bytes))).toStrictEqual({
      ...found([], []),
      rejections: [
        { code: 'bad_encoding', value: bytes.toString('base64'), line: '{"message":"\uFFFD"}' },
      ],
    })
  })

  test('gzip data that is cut short, damaged, or followed by something else', () => {
    const whole = gzipSync(line)
    const damaged = Buffer.from(whole)
    damaged[20] = (damaged[20] ?? 0) ^ 0xff
    const garbage = Buffer.concat([whole, Buffer.from('garbage')])
    for (const bytes of [whole.subarray(0, -4), whole.subarray(0, 2), damaged, garbage]) {
      expect(plain(unwrap(bytes))).toStrictEqual({
        ...found([], []),
        rejections: [{ code: 'bad_gzip', line: bytes.toString('base64') }],
      })
    }
  })

  test('a gzip bomb, also when it is packed twice', () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
    for (const bytes of [bomb, gzipSync(bomb)]) {
      expect(plain(unwrap(bytes, { maxInflatedBytes: 1024 * 1024 }))).toStrictEqual({
        ...found([], []),
        rejections: [{ code: 'too_large', line: bytes.toString('base64') }],
      })
    }
  })

  test('Parquet and other binary data', () => {
    for (const bytes of [
      Buffer.from('PAR1…'),
      Buffer.from('2 \0 3'),
      Buffer.from('a\n', 'utf16le'),
    ]) {
      expect(plain(unwrap(bytes))).toStrictEqual({
        ...found([], []),
        rejections: [{ code: 'unknown_shape', line: bytes.toString('base64') }],
      })
    }
  })
})

test('the account of a delivery covers its envelopes', () => {
  const text = `${line}\n`
  const records = `{"message":"${line}"}{"message":"x"}{"nothing":1}{"messageType":"CONTROL_MESSAGE"}`
  const transform = createTransform({ mapping: recordMapping })
  const result = transformDelivery(transform, unwrap(encoder.encode(records)))
  expect(isBalanced(result.ledger)).toBe(true)
  expect(result).toStrictEqual({
    output: transform(text).output,
    ledger: {
      ...transform('').ledger,
      lanes: expect.any(Object),
      lines: 4,
      emitted: 1,
      rejected: 2,
      control: 1,
      rejections: { too_few_values: 1, unknown_shape: 1 },
    },
    rejections: [
      { code: 'too_few_values', field: 'account_id', line: 'x', origin: { line: 2 } },
      { code: 'unknown_shape', line: '{"nothing":1}' },
    ],
  })
})

test('no bytes make it throw, and every account balances', () => {
  const transform = createTransform({ mapping: recordMapping })
  const tokens = fc.constantFrom('{', '}', '"', '\\', '\n', '[', ']', ':', '"message"', line, '\0')
  const noise = fc.oneof(
    fc.uint8Array(),
    fc.array(tokens).map((parts) => encoder.encode(parts.join(''))),
    fc.uint8Array().map((bytes) => Uint8Array.of(0x1f, 0x8b, ...bytes)),
  )
  fc.assert(
    fc.property(noise, (bytes) => {
      const { ledger, rejections } = transformDelivery(transform, unwrap(bytes))
      expect(isBalanced(ledger)).toBe(true)
      expect(rejections.length).toBe(ledger.rejected)
    }),
    { numRuns: 500 },
  )
})

function base64(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}

function payload(messages: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['toFirehose'],
    logEvents: messages.map((message, index) => ({
      id: `3837343053619850017537150557643578380841945145919091507${index + 1}`,
      timestamp: 1720724137000,
      message,
    })),
  })
}

function eventOrigin(event: number, origin: Origin = {}): Origin {
  return {
    ...origin,
    account: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    eventId: `3837343053619850017537150557643578380841945145919091507${event}`,
    timestamp: 1720724137000,
    line: event,
  }
}

/** A delivery with its lines as text, and the origin of each. */
function plain({ sections, control, rejections }: Delivery) {
  const lines: string[] = []
  const origins: Origin[] = []
  for (const section of sections) {
    const text = Buffer.from(section.lines).toString()
    expect(text.endsWith('\n')).toBe(true)
    const split = text.split('\n').slice(0, -1)
    lines.push(...split)
    origins.push(...split.map((_, index) => section.originAt(index)))
  }
  return { lines, origins, control, rejections }
}

function found(lines: readonly string[], origins: readonly Origin[]) {
  return { lines, origins, control: 0, rejections: [] }
}
