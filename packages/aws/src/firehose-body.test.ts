import { describe, expect, test } from 'vitest'
import { takeKernel } from './envelope-kernel.ts'
import { createFirehoseBody, type FirehoseRecord } from './firehose-body.ts'
import { createRecordWindow } from './record-window.ts'

const kernel = takeKernel()
const takePlainRecords = () => createRecordWindow({ kernel: () => kernel })

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const base64 = (from: string) => Buffer.from(from).toString('base64')

describe('records', () => {
  test.each([
    ['one', `{"records":[{"data":"${base64('a')}"}]}`, ['a']],
    ['none', '{"records":[]}', []],
    ['without data', '{"records":[{"data":""}]}', ['']],
    [
      'among other members',
      `{"a":{"records":[{"data":"x"}]},"records":[{"b":[{"data":1}],"data":"${base64('a')}","c":1e-9}],"d":[[],{}]}`,
      ['a'],
    ],
    ['before members of other members', '{"records":[{"data":"YQ==","x":{"data":[]}}]}', ['a']],
    [
      'before the request id',
      `{"records":[{"data":"${base64('a')}"}],"timestamp":1,"requestId":"r"}`,
      ['a'],
    ],
    [
      'with blanks wherever they may be',
      ` \r\n\t{ "records" :\n[ { "data" : "${base64('a')}" } , {"data":"${base64('b')}"\t} ] } \n`,
      ['a', 'b'],
    ],
    ['with a byte order mark', `\uFEFF{"records":[{"data":"${base64('a')}"}]}`, ['a']],
    // 0xfb 0xff is `+/8=` in base64.
    [
      'with escapes',
      '{"records":[{"data":"+\\/8="},{"d\\u0061ta":"\\u002B/8="}]}',
      ['\xfb\xff', '\xfb\xff'],
    ],
    [
      'of several members data: the last holds',
      `{"records":[{"data":"${base64('a')}","data":"${base64('b')}"},{"data":"YQ==","data":{"x":1}}]}`,
      ['b', 'unknown_shape {"data":"YQ==","data":{"x":1}}'],
    ],
    [
      'that are none',
      '{"records":[null,-1.5e+3,"a\\"]",[{"data":"YQ=="}],{},{"data":["YQ=="]},{"x":{"data":"YQ=="}}]}',
      [
        'unknown_shape null',
        'unknown_shape -1.5e+3',
        'unknown_shape "a\\"]"',
        'unknown_shape [{"data":"YQ=="}]',
        'unknown_shape {}',
        'unknown_shape {"data":["YQ=="]}',
        'unknown_shape {"x":{"data":"YQ=="}}',
      ],
    ],
    [
      'that are not base64',
      '{"records":[{"data":"YQ="},{"data":"Y Q=="},{"data":"YQ==\\n"},{"data":"ÿÿÿÿ"},{"data":"\\\\"}]}',
      [
        'bad_base64 YQ=',
        'bad_base64 Y Q==',
        'bad_base64 YQ==\n',
        'bad_base64 ÿÿÿÿ',
        'bad_base64 \\',
      ],
    ],
    [
      'with names of Object',
      '{"__proto__":{"records":1},"records":[{"__proto__":{"data":"YQ=="}}]}',
      ['unknown_shape {"__proto__":{"data":"YQ=="}}'],
    ],
  ])('%s', (_, body, expected) => {
    for (const size of [1, 2, 3, 5, 7, 1000]) {
      expect(read(Buffer.from(body), size).map(describeRecord)).toStrictEqual(expected)
    }
  })

  test('are handed out as soon as their bytes are there', () => {
    const body = createFirehoseBody({ maxRecords: 10, takePlainRecords: takePlainRecords() })
    expect([...body.write(Buffer.from('{"records":[{"data":"YQ=="}'))]).toHaveLength(1)
    expect([...body.write(Buffer.from(',{"data":"YQ=="'))]).toHaveLength(0)
    expect([...body.write(Buffer.from('},{"data":"YQ=="},{"data":"YQ=="}'))]).toHaveLength(3)
  })
})

test('the request id is told once it was read', () => {
  const body = createFirehoseBody({ maxRecords: 10, takePlainRecords: takePlainRecords() })
  write(body, '{"records":[{"requestId":"no"}],')
  expect(body.requestId).toBeUndefined()
  write(body, '"x":{"requestId":"no"},"requestId":"r\\u002d1"')
  expect(body.requestId).toBe('r-1')
})

describe('a body is refused', () => {
  test.each([
    ['{"requestId":"r","requestId":"r","records":[]}', 'the body has "requestId" twice'],
    ['{"records":[],"\\u0072ecords":[]}', 'the body has "records" twice'],
    ['{"records":"[]"}', 'the body has no array "records"'],
    ['{"requestId":"r"}', 'the body has no array "records"'],
    ['{"requestId":null,"records":[]}', 'the request id in the body is not text'],
    ['{"requestId":["r"],"records":[]}', 'the request id in the body is not text'],
    [
      '{"requestId":"q","records":[]}',
      'the request ids in X-Amz-Firehose-Request-Id and in the body differ',
    ],
    ['{"records":[1,2,3,4,5,6]}', 'the body has more than 5 records'],
    ['"records"', 'the body is not a JSON object'],
    ['{"records":[]} {}', 'the body is not JSON at byte 15'],
    ['{"records":[{"data":"YQ=="},]}', 'the body is not JSON at byte 28'],
    ['{"records":[{"data":"YQ=="} {"data":"YQ=="}]}', 'the body is not JSON at byte 28'],
    ['{"records":[{"data":"YQ=="]]}', 'the body is not JSON at byte 26'],
    ['{"records":[{"data":"\n"}]}', 'the body is not JSON at byte 20'],
    ['{"records":[{"data":"\\x"}]}', 'the body is not JSON at byte 20'],
    ['{"records":[{"data":"\\u12"}]}', 'the body is not JSON at byte 20'],
    ['{"records":[],"x":01}', 'the body is not JSON at byte 18'],
    ['{"records":[],"x":.5}', 'the body is not JSON at byte 18'],
    ['{"records":[],"x":undefined}', 'the body is not JSON at byte 18'],
    ["{'records':[]}", 'the body is not JSON at byte 1'],
    ['{"records":[],/**/"x":1}', 'the body is not JSON at byte 14'],
    ['{"records":[],"x"=1}', 'the body is not JSON at byte 17'],
    [`{"records":[],"x":${'1'.repeat(2000)}}`, 'the body is not JSON at byte 18'],
    ['{"records":[{"data":"YQ=="}', 'the body is not JSON: it ends early'],
    ['{"records":[],"x":1', 'the body is not JSON: it ends early'],
    [' ', 'the body is not JSON: it ends early'],
    ['\uFEFF\uFEFF{}', 'the body is not a JSON object'],
    [`{"x":${'['.repeat(99)}${']'.repeat(99)},"records":[]}`, undefined],
    [`{"x":${'['.repeat(100)}`, 'the body is nested more than 100 deep'],
    [`{"x":${'{"x":'.repeat(100)}`, 'the body is nested more than 100 deep'],
    [`{"records":[${'['.repeat(99)}`, 'the body is nested more than 100 deep'],
  ])('%j: %s', (body, message) => {
    for (const size of [1, 4, 10_000]) {
      expect(refusalOf(Buffer.from(body), size)).toBe(message)
    }
  })

  test.each([
    ['a name', '{"\xff":1,"records":[]}', 1],
    ['a value', '{"x":"\xff","records":[]}', 5],
    ['data', '{"records":[{"data":"\xff\xff\xff\xff"}]}', 20],
    ['between values', '{"records":[]\xff}', 13],
  ])('that is not UTF-8 in %s', (_, body, at) => {
    const bytes = Buffer.from(body, 'latin1')
    for (const size of [1, 4, 100]) {
      expect(refusalOf(bytes, size)).toBe(`the body is not JSON at byte ${at}`)
    }
  })
})

function read(bytes: Uint8Array, size: number): FirehoseRecord[] {
  const body = createFirehoseBody({
    requestId: 'r',
    maxRecords: 1000,
    takePlainRecords: takePlainRecords(),
  })
  const records: FirehoseRecord[] = []
  for (let at = 0; at < bytes.length; at += size) {
    records.push(...body.write(bytes.subarray(at, at + size)))
  }
  body.end()
  return records
}

function refusalOf(bytes: Uint8Array, size: number): string | undefined {
  const body = createFirehoseBody({
    requestId: 'r',
    maxRecords: 5,
    takePlainRecords: takePlainRecords(),
  })
  try {
    for (let at = 0; at < bytes.length; at += size) {
      for (const _ of body.write(bytes.subarray(at, at + size)));
    }
    body.end()
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ name: 'Refusal', status: 400 })
    return (error as Error).message
  }
}

function write(body: ReturnType<typeof createFirehoseBody>, chunk: string): void {
  for (const _ of body.write(Buffer.from(chunk)));
}

function describeRecord(record: FirehoseRecord): string {
  if ('lines' in record) return Buffer.from(record.lines).toString()
  if (!(record instanceof Uint8Array)) return `${record.code} ${record.line}`
  const { buffer, byteOffset, length } = record
  const bytes = Buffer.from(buffer, byteOffset, length)
  return bytes.toString('latin1') === text(bytes) ? text(bytes) : bytes.toString('latin1')
}
