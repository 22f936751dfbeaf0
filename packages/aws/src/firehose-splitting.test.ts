import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createMapping,
  createTransform,
  emptyLedger,
  id,
  isBalanced,
  line as lineSource,
  type TransformResult,
} from '@flowlogs/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  base64,
  bodyOf,
  createEndpoint,
  line,
  requestOf,
} from './firehose-endpoint.test-support.ts'

const lines = fc.constantFrom(
  line,
  line.replace('ACCEPT', 'REJECT'),
  line.replace('10527', '9007199254740993'),
  '2 428961148399 eni-0e0bf7be352692297 - - - - - - - 1671029698 1671029728 - NODATA',
  '2 647604195155 eni-05fdd58317a3a58e4 2001:db8::1 2001:db8::2 0 0 58 1 64 1643160732 1643160792 ACCEPT OK',
  `${line} `,
  `${line} # and a comment`,
  '2 x',
  line.replace('8089', '80890'),
  'naïve ✓',
  '',
  '- # no',
  'CWL CONTROL MESSAGE: Checking health of destination Firehose.',
)

type Wrap = (lines: readonly string[]) => string | Uint8Array

const text: Wrap = (each) => each.map((one) => `${one}\n`).join('')
const payload = (each: readonly string[]) =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logEvents: each.map((message, id) => ({ id: String(id), timestamp: 1, message })),
  })
const wraps: readonly Wrap[] = [
  text,
  (each) => each.map((message) => JSON.stringify({ message })).join(''),
  (each) => each.map((message) => `${JSON.stringify({ message })}\n`).join(''),
  (each) => JSON.stringify({ message: text(each) }),
  payload,
  (each) => gzipSync(payload(each)),
  (each) => gzipSync(gzipSync(text(each))),
  (each) => Buffer.concat(each.map((message) => gzipSync(JSON.stringify({ message })))),
]

const groups = fc.array(
  fc.tuple(fc.array(lines, { minLength: 1, maxLength: 6 }), fc.constantFrom(...wraps)),
  { maxLength: 12 },
)
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 })

// The line and its id stand for everything that a mapping may read of a line.
const transform = createTransform({
  mapping: createMapping({ name: 'test', template: { id, line: lineSource } }),
})

test('no batching, wrapping or cutting of the same lines changes the events or the account', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        groups,
        sizes,
        isCompressed: fc.boolean(),
        maxBatchBytes: fc.constantFrom(1, 100, 1000, 1_000_000),
        indent: fc.constantFrom(undefined, 1),
      }),
      async ({ groups, sizes, isCompressed, maxBatchBytes, indent }) => {
        const records = groups.map(([group, wrap]) => ({ data: base64(wrap(group)) }))
        const json = JSON.stringify(JSON.parse(bodyOf(records)), null, indent)
        const body = isCompressed ? gzipSync(json) : Buffer.from(json)
        const { handle, delivered, invocations } = createEndpoint({ transform, maxBatchBytes })
        expect((await handle(requestOf(inChunks(body, sizes)))).status).toBe(200)

        const expected = transform(
          groups.flatMap(([group]) => group.map((one) => `${one}\n`)).join(''),
        )
        const actual = join(delivered)
        expect(actual).toStrictEqual(withoutOrigin(expected))
        expect(delivered.every(({ ledger }) => isBalanced(ledger))).toBe(true)
        expect(invocations.map(({ ledger }) => ledger)).toStrictEqual([actual.ledger])
      },
    ),
    { numRuns: 400 },
  )
})

function* inChunks(body: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, next = 0; at < body.length; next++) {
    const size = sizes[next % sizes.length] ?? 1
    yield body.subarray(at, at + size)
    at += size
  }
}

function join(results: readonly TransformResult[]) {
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  const parts = results.map(withoutOrigin)
  return {
    output: parts.map(({ output }) => output).join(''),
    ledger,
    rejections: parts.flatMap(({ rejections }) => rejections),
  }
}

function withoutOrigin({ output, ledger, rejections }: TransformResult) {
  return {
    output: Buffer.from(output).toString(),
    ledger,
    rejections: rejections.map(({ origin, ...rest }) => rest),
  }
}
