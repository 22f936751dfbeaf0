import { loadCases, parseExactly } from '@flowlogs/conformance'
import { decode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Additions, createWriteObject } from './json-to-message-pack.ts'
import { createWriter } from './message-pack.ts'

const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 127n, 128n, 255n, 256n, 65_535n, 65_536n, 2n ** 32n - 1n, 2n ** 32n),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 64n - 1n),
  fc.constantFrom(-1n, -32n, -33n, -128n, -129n, -32_769n, -(2n ** 31n) - 1n, -(2n ** 63n)),
)
const float = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((n) => !Number.isInteger(n))
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 250, maxLength: 300 }))
// The decoder of the test refuses this key.
const key = text.filter((name) => name !== '__proto__')
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    integer,
    float,
    text,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 20 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 20, noNullPrototype: true }),
}))

test('any document arrives as it was, every digit of it', () => {
  fc.assert(
    fc.property(fc.dictionary(key, anything, { noNullPrototype: true }), (document) => {
      expect(through(document)).toEqual(document)
    }),
  )
})

test('flattened, the documents of objects are joined by dots; lists stay lists', () => {
  const document = { a: { b: { c: 1n }, d: [{ e: 'f' }], g: {} }, h: 'i', 'j"': { k: true } }
  expect(through(document, [], true)).toEqual({
    'a.b.c': 1n,
    'a.d': [{ e: 'f' }],
    h: 'i',
    'j".k': true,
  })
})

test('additions go to the end', () => {
  expect(Object.entries(through({ a: 1n }, [['id', 'x']]) as object)).toEqual([
    ['a', 1n],
    ['id', 'x'],
  ])
})

test('sizes at which heads change', () => {
  for (const size of [15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    const document = {
      text: 'x'.repeat(size),
      list: Array.from({ length: size }, () => 1n),
      map: Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, 1n])),
    }
    expect(through(document)).toEqual(document)
  }
})

test('integers take the least bytes that hold them', () => {
  const sizes = [127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 2 ** 53]
  expect(sizes.map((value) => packed(`{"a":${value}}`).length - 3)).toEqual([
    1, 2, 2, 3, 3, 5, 5, 9, 9,
  ])
})

test('an integer of more than 64 bits becomes text', () => {
  expect(decode(packed('{"a":18446744073709551616}'))).toEqual({ a: '18446744073709551616' })
})

test.each(loadCases().map(({ name, goldens }) => [name, goldens['ocsf-1.1.0']]))(
  'the OCSF event of %s',
  (_, golden) => {
    const json = toJson(golden)
    const decoded = decode(packed(json), { useBigInt64: true })
    expect(withBigints(decoded)).toEqual(withBigints(parseExactly(json)))
  },
)

function through(document: unknown, additions: Additions = [], flatten = false): unknown {
  const bytes = packed(toJson(document), additions, flatten)
  return withBigints(decode(bytes, { useBigInt64: true }))
}

function packed(json: string, additions: Additions = [], flatten = false): Uint8Array {
  const writer = createWriter(1)
  // Something around it, as in a batch.
  const bytes = Buffer.from(`{}\n${json}\n`)
  createWriteObject(writer, flatten)(bytes, 3, additions)
  return writer.bytes()
}

function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}:${toJson(each)}`,
  )
  return `{${members.join(',')}}`
}

/** The decoder gives numbers for small integers. */
function withBigints(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (Array.isArray(value)) return value.map(withBigints)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withBigints(each)]))
}
