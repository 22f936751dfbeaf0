import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createTransform,
  emptyLedger,
  isBalanced,
  type Ledger,
  presets,
  type Rejection,
  recordMapping,
  type Transform,
} from '@flowlogs/core'
import type {
  FirehoseTransformationEventRecord,
  FirehoseTransformationResultRecord,
} from 'aws-lambda'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transformDelivery } from './delivery.ts'
import {
  createFirehoseTransformation,
  type FirehoseTransformationOptions,
} from './firehose-transformation.ts'
import type { OverflowRecord } from './overflow.ts'
import { partitionMapping } from './partition-keys.ts'
import { unwrap } from './unwrap.ts'

/** Kinds of lines; the index makes each one different. */
const kinds = {
  accept: (index: number) => flow(index, '1418530010 1418530070 ACCEPT OK'),
  reject: (index: number) => flow(index, '1418599990 1418600050 REJECT OK'),
  nodata: (index: number) =>
    `2 428961148399 eni-${index} - - - - - - - 1671029698 1671029728 - NODATA`,
  bad: (index: number) => flow(index, '1418530010 yesterday ACCEPT OK'),
  blank: () => '',
  control: () => 'CWL CONTROL MESSAGE: Checking health of destination Firehose.',
} as const

function flow(index: number, end: string): string {
  return `2 123456789010 eni-${index} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 ${end}`
}

type Wrap = (lines: readonly string[]) => Uint8Array

/** Ways in which lines come in one record. */
const wrappings: Readonly<Record<string, Wrap>> = {
  text: (lines) => Buffer.from(text(lines)),
  gzip: (lines) => gzipSync(text(lines)),
  messages: (lines) => Buffer.from(lines.map((line) => JSON.stringify({ message: line })).join('')),
  messagesInLines: (lines) =>
    Buffer.from(lines.map((line) => `${JSON.stringify({ message: `${line}\n` })}\n`).join('')),
  payload: (lines) => Buffer.from(payload(lines)),
  compressedPayload: (lines) => gzipSync(payload(lines)),
}

/** The same with the last value first, which a header line tells. */
const reordered: Readonly<Record<string, Wrap>> = Object.fromEntries(
  Object.entries(wrappings).map(([name, wrap]) => [
    `${name} after a header`,
    (lines) => wrap([presets.v2, ...lines].map(lastFirst)),
  ]),
)

function lastFirst(line: string): string {
  return /^(?:2|version) /.test(line) ? line.replace(/^(.*) (\S+)$/, '$2 $1') : line
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function payload(lines: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['toFirehose'],
    logEvents: lines.map((message, index) => ({
      id: String(index),
      timestamp: 1418530010000,
      message,
    })),
  })
}

interface Sample {
  readonly lines: readonly string[]
  readonly records: readonly Uint8Array[]
}

function samplesOf(wraps: readonly Wrap[]): fc.Arbitrary<Sample> {
  const kind = fc.constantFrom(...Object.values(kinds))
  const batch = fc.record({
    wrap: fc.constantFrom(...wraps),
    lines: fc.array(kind, { maxLength: 8 }),
  })
  return fc.array(batch, { maxLength: 12 }).map((batches) => {
    let index = 0
    const numbered = batches.map(({ lines }) => lines.map((lineOf) => lineOf(index++)))
    return {
      lines: numbered.flat(),
      records: batches.map(({ wrap }, place) => wrap(numbered[place] ?? [])),
    }
  })
}

const usual = samplesOf(Object.values(wrappings))
const all = samplesOf(Object.values({ ...wrappings, ...reordered }))
const plain = createTransform({ mapping: recordMapping })
const partitioned = createTransform({ mapping: partitionMapping(recordMapping, ['day', 'action']) })

test('however lines are batched and wrapped, the same comes of them', async () => {
  await fc.assert(
    fc.asyncProperty(usual, async ({ lines, records }) => {
      const expected = plain(text(lines))
      const { answers, ledger, rejections, failed } = await run(records, { transform: plain })
      expect(Buffer.concat(answers.map(dataOf)).toString()).toBe(
        Buffer.from(expected.output).toString(),
      )
      expect({ ...ledger, lanes: {} }).toStrictEqual({ ...expected.ledger, lanes: {} })
      const failedLines = failed.flatMap((bytes) => read(bytes).rejections)
      expect([...rejections, ...failedLines].map(({ line }) => line).sort()).toStrictEqual(
        expected.rejections.map(({ line }) => line).sort(),
      )
    }),
    { numRuns: 200 },
  )
})

test.each([
  ['events', plain],
  ['events with keys', partitioned],
])('with overflow, all %s come in the end, however small the replies are', async (_, transform) => {
  await fc.assert(
    fc.asyncProperty(all, fc.integer({ min: 2200, max: 8000 }), async (sample, limit) => {
      const { answers } = await run(
        sample.records,
        { transform, maxResponseBytes: limit },
        () => true,
      )
      const expected = sample.records.map(read).flatMap(({ output }) => linesOf(output))
      expect(documentsIn(answers).sort()).toStrictEqual(expected.sort())
      for (const { metadata, data = '' } of answers) {
        for (const document of linesOf(Buffer.from(data, 'base64'))) {
          const { start, action = 'unknown' } = JSON.parse(document)
          const day = new Date(start * 1000).toISOString().slice(0, 10)
          const keys = transform === partitioned ? { partitionKeys: { day, action } } : undefined
          expect(metadata).toStrictEqual(keys)
        }
      }
    }),
    { numRuns: 150 },
  )
})

test('when records find no way back, each line is delivered, or kept, or among the failed', async () => {
  const chances = fc.infiniteStream(fc.boolean())
  await fc.assert(
    fc.asyncProperty(all, chances, async (sample, chance) => {
      const options = { transform: partitioned, maxResponseBytes: 2500 }
      const outcome = await run(sample.records, options, () => chance.next().value === true)
      const { rejections, failed, answers } = outcome
      const results = failed.map(read)
      const expected = sample.records.map(read)
      const delivered = new Set([
        ...documentsIn(answers),
        ...results.flatMap(({ output }) => linesOf(output)),
      ])
      expect([...delivered].sort()).toStrictEqual(
        expected.flatMap(({ output }) => linesOf(output)).sort(),
      )
      const kept = new Set(
        [...rejections, ...results.flatMap((each) => each.rejections)].map(({ line }) => line),
      )
      const rejected = expected.flatMap((each) => each.rejections.map(({ line }) => line))
      expect([...kept].sort()).toStrictEqual(rejected.sort())
    }),
    { numRuns: 150 },
  )
})

test('whatever the bytes are, each record is answered once and every line accounted for', async () => {
  const start = fc.constantFrom<readonly number[]>(
    [],
    [0x1f, 0x8b, 8],
    [123],
    [91, 123],
    [0xef, 0xbb, 0xbf],
  )
  const bytes = fc
    .tuple(start, fc.uint8Array({ maxLength: 200 }))
    .map(([head, tail]) => Buffer.from([...head, ...tail]))
  const cut = fc
    .tuple(
      fc.constantFrom(gzipSync(payload([flow(1, '1418530010 1418530070 ACCEPT OK')]))),
      fc.nat(300),
    )
    .map(([whole, length]) => whole.subarray(0, length))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(bytes, cut), { maxLength: 6 }), async (records) => {
      const { answers, ledger } = await run(records, { transform: partitioned }, () => true)
      expect(answers.length).toBe(records.length)
      expect(isBalanced(ledger)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('the largest event of single lines is answered within the limit', async () => {
  const { records, bytes } = largestEvent()
  expect(bytes).toBeGreaterThan(5_900_000)
  const back: OverflowRecord[] = []
  const handler = createFirehoseTransformation({
    transform: plain,
    log: () => {},
    async overflow(all) {
      back.push(...all)
      return []
    },
  })
  const reply = await handler({
    invocationId: 'i',
    deliveryStreamArn: 'arn',
    region: 'us-east-1',
    records,
  })
  expect(reply.records.map(({ recordId }) => recordId)).toStrictEqual(
    records.map(({ recordId }) => recordId),
  )
  const size = JSON.stringify(reply).length
  expect(size).toBeLessThanOrEqual(6_000_000)
  expect(size).toBeGreaterThan(5_600_000)
  expect(back.length).toBe(reply.records.filter(({ result }) => result === 'Dropped').length)
  expect(back.length + reply.ledger.emitted).toBe(records.length)
})

/** Lambda takes events of 6 MB. */
function largestEvent() {
  const records: FirehoseTransformationEventRecord[] = []
  let bytes = 0
  while (bytes < 5_950_000) {
    const record = eventRecord(
      Buffer.from(JSON.stringify({ message: kinds.accept(records.length) })),
    )
    records.push(record)
    bytes += JSON.stringify(record).length + 1
  }
  return { records, bytes }
}

let nextRecord = 0

function eventRecord(data: Uint8Array): FirehoseTransformationEventRecord {
  return {
    recordId: `496261545016441107392575453328787468507288033632515522${nextRecord++}`,
    approximateArrivalTimestamp: 1671029729000,
    data: Buffer.from(data).toString('base64'),
  }
}

/** A stream in small: events of ten records at most, and what goes back comes again. */
async function run(
  records: readonly Uint8Array[],
  options: Partial<FirehoseTransformationOptions> & { readonly transform: Transform },
  isTaken?: () => boolean,
): Promise<{
  readonly answers: readonly FirehoseTransformationResultRecord[]
  readonly ledger: Ledger
  readonly rejections: readonly Rejection[]
  readonly failed: readonly Uint8Array[]
}> {
  const queue = [...records]
  const answers: FirehoseTransformationResultRecord[] = []
  const rejections: Rejection[] = []
  const failed: Uint8Array[] = []
  const ledger = emptyLedger()
  const handler = createFirehoseTransformation({
    log: () => {},
    rejections: async (each) => rejections.push(...each),
    ...(isTaken && {
      async overflow(back) {
        return back.flatMap(({ data }, index) => {
          if (!isTaken()) return [{ index, reason: 'refused' }]
          queue.push(data)
          return []
        })
      },
    }),
    ...options,
  })
  for (let events = 0; queue.length > 0; events++) {
    // Every round gets something out of the way.
    expect(events).toBeLessThan(500)
    const batch = queue.splice(0, 10).map(eventRecord)
    const event = {
      invocationId: 'i',
      deliveryStreamArn: 'arn',
      region: 'us-east-1',
      records: batch,
    }
    const reply = await handler(event)
    expect(reply.records.map(({ recordId }) => recordId)).toStrictEqual(
      batch.map(({ recordId }) => recordId),
    )
    expect(JSON.stringify(reply).length).toBeLessThanOrEqual(options.maxResponseBytes ?? 6_000_000)
    expect(isBalanced(reply.ledger)).toBe(true)
    addLedger(ledger, reply.ledger)
    for (const [index, answer] of reply.records.entries()) {
      answers.push(answer)
      if (answer.result !== 'ProcessingFailed') continue
      failed.push(Buffer.from(batch[index]?.data ?? '', 'base64'))
    }
  }
  return { answers, ledger, rejections, failed }
}

function read(bytes: Uint8Array) {
  return transformDelivery(plain, unwrap(bytes))
}

function dataOf({ data = '' }: FirehoseTransformationResultRecord): Buffer {
  return Buffer.from(data, 'base64')
}

function documentsIn(answers: readonly FirehoseTransformationResultRecord[]): string[] {
  return answers.flatMap((answer) => linesOf(dataOf(answer)))
}

function linesOf(output: Uint8Array): string[] {
  return Buffer.from(output).toString().split('\n').slice(0, -1)
}
