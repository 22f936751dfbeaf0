import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { createHecRequest } from './hec-request.ts'
import { eventCount, selectEvents } from './slice-batch.ts'

const batch = createBatch(30)

/** The batch with other times. */
function withTimes(times: readonly (number | undefined)[]) {
  const { output, events } = selectEvents(batch, [...times.keys()])
  return { output, events: { ...events, times: [...times] } }
}

describe('a body', () => {
  test('has the documents as they are, each with its time', () => {
    const times = [0, 7, 1_763_769_540_000, 1_763_769_540_123, 9_999_999_999_999, undefined]
    const some = withTimes(times)
    const body = createHecRequest({}).body(some, { from: 0, to: 6 })
    const texts = ['0.000', '0.007', '1763769540.000', '1763769540.123', '9999999999.999']
    expect(body.toString()).toBe(
      documentsOf(some)
        .map((document, index) => {
          const time = texts[index] === undefined ? '' : `"time":${texts[index]},`
          return `{${time}"sourcetype":"ocsf:aws:vpcflow","event":${document}}\n`
        })
        .join(''),
    )
  })

  test('has the metadata of the sink, whatever characters that has', () => {
    const metadata = { host: 'ü"\\', source: '\n', sourcetype: 'a', index: 'b' }
    const body = createHecRequest(metadata).body(batch, { from: 3, to: 5 })
    const lines = body.toString().split('\n').slice(0, -1)
    expect(lines.map((line) => JSON.parse(line))).toStrictEqual(
      [3, 4].map((index) => ({
        time: batch.events.times[index]! / 1000,
        ...metadata,
        event: JSON.parse(documentsOf(batch)[index]!),
      })),
    )
  })
})

test('parts are whole, in order, and as large as they may be', () => {
  const request = createHecRequest({ host: 'a' })
  expect(request.parts(createBatch(0), 1000)).toStrictEqual([])
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 20_000 }),
      (count, maxBytes) => {
        const some = selectEvents(batch, [...Array(count).keys()])
        const parts = request.parts(some, maxBytes)
        expect(parts.flatMap(({ from, to }) => [from, to])).toStrictEqual(
          parts.flatMap(({ to }, index) => [parts[index - 1]?.to ?? 0, to]),
        )
        expect(parts.at(-1)?.to).toBe(eventCount(some))
        const bodies = parts.map((part) => request.body(some, part))
        const whole = request.body(some, { from: 0, to: count })
        expect(Buffer.concat(bodies)).toStrictEqual(Buffer.from(whole))
        for (const [index, { from, to }] of parts.entries()) {
          expect(to).toBeGreaterThan(from)
          if (to - from > 1) expect(bodies[index]!.length).toBeLessThanOrEqual(maxBytes)
          const next = parts[index + 1]
          if (!next) continue
          const more = request.body(some, { from, to: to + 1 }).length
          // What is counted for a time is a few bytes more than it has.
          expect(more + (to + 1 - from) * 10).toBeGreaterThan(maxBytes)
        }
      },
    ),
  )
})
