import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createTransform,
  emptyLedger,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import { transformParts } from './transform-parts.ts'
import { unwrapInto } from './unwrap.ts'

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const transform = createTransform({ mapping: recordMapping, index: true, maxLineLength: 200 })

const lines = fc.constantFrom(
  line,
  line,
  'version srcaddr dstaddr',
  '2 10.0.0.1 10.0.0.2',
  '',
  'x'.repeat(1000),
)
const record = fc
  .tuple(
    fc.array(lines, { maxLength: 8 }),
    fc.constantFrom(
      (each: readonly string[]) => each.join('\n'),
      (each: readonly string[]) =>
        gzipSync(each.map((message) => JSON.stringify({ message })).join('')),
      () => '{"version":2,"srcaddr":"10.0.0.1","dstaddr":"10.0.0.2"}',
      () => '{"messages":[]}',
      () => '{"messageType":"CONTROL_MESSAGE","logEvents":[{}]}',
    ),
  )
  .map(([each, wrap]) => Buffer.from(wrap(each)))

test('parts add up to the whole', () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 6 }),
      fc.constantFrom(1, 50, 120, 500, 100_000),
      (records, partBytes) => {
        const [whole] = [transformDelivery(transform, deliveryOf(records))]
        const parts = [...transformParts(transform, deliveryOf(records), partBytes)]
        expect(join(parts)).toStrictEqual(join([whole]))
      },
    ),
    { numRuns: 500 },
  )
})

test('parts are bounded, even those of one record', () => {
  const text = Buffer.from(`2 x\n${`${line}\n`.repeat(10_000)}`)
  const records = [Buffer.from(line), text, Buffer.from(line)]
  const parts = [...transformParts(transform, deliveryOf(records), 10_000)]
  expect(join(parts).ledger).toMatchObject({ lines: 10_003, emitted: 10_002, rejected: 1 })
  const largest = Math.max(...parts.map(({ ledger }) => ledger.lines))
  expect(largest).toBeLessThanOrEqual(10_000 / line.length + 1)
  const origins = parts.flatMap(({ rejections }) => rejections.map(({ origin }) => origin))
  expect(origins).toStrictEqual([{ record: 1, line: 1 }])
})

test('parts are made when they are asked for', () => {
  let calls = 0
  const counting = Object.assign((...input: Parameters<typeof transform>) => {
    calls++
    return transform(...input)
  }, transform)
  const records = Array.from({ length: 10 }, () => Buffer.from(line))
  const parts = transformParts(counting, deliveryOf(records), 100)
  parts.next()
  parts.next()
  expect(calls).toBe(2)
})

function deliveryOf(records: readonly Uint8Array[]) {
  const collector = createCollector()
  for (const [index, each] of records.entries()) {
    unwrapInto(collector, each, { record: index }, 1e6)
  }
  return collector.take()
}

function join(results: readonly TransformResult[]) {
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return {
    output: Buffer.concat(results.map(({ output }) => output)).toString(),
    ledger,
    rejections: results.flatMap(({ rejections }) => rejections),
    ids: results.flatMap(({ events }) => events?.ids ?? []),
  }
}

test('lines that were lost on the way are an error, not a gap', () => {
  for (const partBytes of [1, 1000]) {
    const collector = createCollector()
    unwrapInto(collector, Buffer.from(`${line}\n${line}\n`), {}, 0)
    const delivery = collector.take()
    const [section] = delivery.sections
    if (!section) throw new Error('nothing was found')
    const lost = { ...section, lines: section.lines.subarray(0, line.length + 1) }
    const sections = [lost]
    expect(() => [...transformParts(transform, { ...delivery, sections }, partBytes)]).toThrow(
      '2 lines were found, and 1 transformed',
    )
  }
})
