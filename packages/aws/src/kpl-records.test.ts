import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kplRecord, sealed } from './kinesis-events.test-support.ts'
import { isKplRecord, parseKplRecord } from './kpl-records.ts'

function texts(bytes: Uint8Array): string[] | undefined {
  return parseKplRecord(bytes)?.map((each) => Buffer.from(each).toString())
}

// The message is written out, so that a mistake in the encoder of these tests cannot hide one here.
const known = sealed(
  Buffer.from([
    ...[0x0a, 1, 0x61],
    ...[0x1a, 9, 0x08, 0, 0x1a, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f],
    ...[0x1a, 4, 0x08, 0, 0x1a, 0],
    ...[0x1a, 9, 0x08, 0x80, 0x01, 0x10, 0, 0x1a, 2, 0x68, 0x69],
  ]),
)

describe('an aggregated record', () => {
  test('is taken apart in order, empty records too', () => {
    expect(texts(known)).toStrictEqual(['hello', '', 'hi'])
    expect(texts(sealed(Buffer.alloc(0)))).toStrictEqual([])
  })

  test('gives back what was packed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (records) => {
        const packed = kplRecord(...records)
        expect(isKplRecord(packed)).toBe(true)
        expect(parseKplRecord(packed)?.map((each) => [...each])).toStrictEqual(
          records.map((each) => [...each]),
        )
      }),
    )
  })

  test('may have members that this reader does not know, of any wire type', () => {
    const message = Buffer.from([
      ...[0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      ...[0x31, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x3d, 1, 2, 3, 4],
      ...[0x1a, 3, 0x1a, 1, 0x61],
    ])
    expect(texts(sealed(message))).toStrictEqual(['a'])
  })
})

describe('a damaged record', () => {
  test.each([
    ['a record without data', [0x1a, 2, 0x08, 0]],
    ['data that is a number', [0x1a, 2, 0x18, 7]],
    ['a length beyond the end', [0x1a, 200, 1, 0x1a]],
    ['a length of five bytes that wraps at 32 bits', [0x1a, 0x83, 0x80, 0x80, 0x80, 0x10, 1, 2, 3]],
    ['a number without end', [0x1a, 3, 0x08, 0x80, 0x80]],
    ['a number of eleven bytes', [0x08, ...Array(10).fill(0x80), 1]],
    ['a group, which the format does not have', [0x1b, 0x1c]],
    ['the member zero', [0x02, 0]],
    ['a fixed member that is cut short', [0x31, 1, 2]],
    ['a record that is no message', [0x1a, 1, 0xff]],
  ])('%s', (_, message) => {
    expect(parseKplRecord(sealed(Buffer.from(message as number[])))).toBeUndefined()
  })

  test('a wrong checksum, whichever byte is wrong', () => {
    for (let index = 4; index < known.length; index++) {
      const damaged = Uint8Array.from(known)
      damaged[index] = (known[index] as number) ^ 1
      expect(parseKplRecord(damaged)).toBeUndefined()
    }
  })

  test('one that is cut short', () => {
    for (let length = 0; length < known.length; length++) {
      expect(parseKplRecord(known.subarray(0, length))).toBeUndefined()
    }
  })

  test('any message does not make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        const records = parseKplRecord(sealed(message))
        const total = records?.reduce((sum, each) => sum + each.length, 0) ?? 0
        expect(total).toBeLessThanOrEqual(message.length)
      }),
      { numRuns: 1000 },
    )
  })
})

test('text, gzip and JSON are no aggregated records', () => {
  const plain = [
    Buffer.from('2 123456789010 eni-1'),
    Buffer.from('1f8b08', 'hex'),
    Buffer.from('{}'),
  ]
  expect(plain.map(isKplRecord)).toStrictEqual([false, false, false])
  expect(isKplRecord(known.subarray(0, 3))).toBe(false)
})
