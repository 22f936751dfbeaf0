/** Records that are transformed together become what each becomes by itself. */
import { gzipSync } from 'node:zlib'
import {
  createMapping,
  createTransform,
  id,
  number,
  origin,
  recordMapping,
  status,
  text,
} from '@flowlogs/core'
import type { FirehoseTransformationEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { takeKernel } from './envelope-kernel.ts'
import { createFirehoseTransformation } from './firehose-transformation.ts'
import type { Overflow } from './overflow.ts'
import { partitionMapping } from './partition-keys.ts'
import { createPlainRecords } from './plain-records.ts'

const general = await loadWithoutWebAssembly()

async function loadWithoutWebAssembly() {
  vi.stubGlobal('WebAssembly', undefined)
  vi.resetModules()
  const loaded = await import('./firehose-transformation.ts')
  vi.unstubAllGlobals()
  vi.resetModules()
  return loaded.createFirehoseTransformation
}

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const noData = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const wrap = (message: string, end = '\n') => base64(`${JSON.stringify({ message })}${end}`)
const plain = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom('', '\n'))
  .map(([bytes, end]) => wrap(line.replace('4249', String(bytes)), end))
const odd = fc.constantFrom<unknown>(
  wrap(noData),
  wrap(`${line} surplus`),
  wrap(`${line}  # noted`),
  wrap(line.replace('1418530010', '1418530010000')),
  wrap('version account-id interface-id srcaddr dstaddr'),
  wrap('CWL CONTROL MESSAGE: x'),
  wrap(''),
  wrap(`${line}\n${line}`),
  wrap('é'),
  wrap('x'.repeat(100_000)),
  base64(`${line}\n`),
  base64(gzipSync(`${line}\n`)),
  // What would be two records where they stand in a request.
  `${wrap(line)}"},{"data":"${wrap(line)}`,
  `${wrap(line, '')}"},{"data":"${wrap(line, '')}`,
  // A letter whose low byte is one of base64.
  wrap(line).replace('M', '\u014d'),
  `${wrap(line)}=`,
  '',
  7,
)
const data = fc.array(fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: odd }), {
  maxLength: 60,
})

function eventOf(all: readonly unknown[]): FirehoseTransformationEvent {
  return {
    invocationId: 'i',
    deliveryStreamArn: 'arn:aws:firehose:eu-west-1:123456789012:deliverystream/flow-logs',
    region: 'eu-west-1',
    records: all.map((each, index) => ({
      recordId: `id-${index}`,
      approximateArrivalTimestamp: 1_700_000_000_000 + index,
      data: each as string,
    })),
  }
}

const mapping = createMapping({
  name: 'test',
  keepOut: [{ column: 'nodata', condition: status('NODATA') }],
  template: {
    id,
    bytes: number('bytes'),
    region: text(origin('region')),
    record: text(origin('requestId')),
    arrived: number(origin('timestamp')),
  },
})
const mappings = {
  records: recordMapping,
  'identifiers and origins': mapping,
  'partition keys': partitionMapping(recordMapping, ['account', 'hour', 'bytes']),
}

describe.each(Object.entries(mappings))('with %s', (_, target) => {
  test.each([
    ['whole', {}],
    ['in replies without room', { maxResponseBytes: 12_000 }],
  ])('events are answered the same without the kernel, %s', async (__, limits) => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    for (const reuseOutput of [false, true]) {
      const transform = createTransform({ mapping: target, reuseOutput })
      await fc.assert(
        fc.asyncProperty(data, fc.boolean(), async (all, hasOverflow) => {
          const answer = async (create: typeof createFirehoseTransformation) => {
            const returned: unknown[] = []
            const told: unknown[] = []
            const overflow: Overflow = async (records) => {
              returned.push(...records)
              return []
            }
            const handle = create({
              ...{ transform, ...limits, ...(hasOverflow && { overflow }) },
              log: ({ milliseconds: ___, ...entry }) => told.push(entry),
            })
            const { records, ledger } = await handle(eventOf(all))
            return { records, ledger, returned, told }
          }
          const expected = await answer(general)
          expect(await answer(createFirehoseTransformation)).toStrictEqual(expected)
        }),
        { numRuns: 150 },
      )
    }
    vi.restoreAllMocks()
  })
})

test('most records are read together', () => {
  const all = Array.from({ length: 1000 }, (_, index) =>
    wrap(index % 100 === 50 ? `${line} surplus` : line),
  )
  const transform = createTransform({ mapping: recordMapping })
  const { records } = eventOf(all)
  const kernel = takeKernel()
  const take = createPlainRecords(records, {
    transform,
    originAt: () => ({ region: 'r' }),
    kernel: () => kernel,
  })
  let together = 0
  let calls = 0
  for (let from = 0; from < records.length; calls++) {
    const taken = take(from)
    together += taken.length
    from += Math.max(1, taken.length)
  }
  expect(together).toBe(990)
  expect(calls).toBeLessThan(150)
})
