/** Acknowledgements from Firehose to the file, whatever happens between. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Chain, startChain } from './chain.test-support.ts'
import { identifiedEventsOf, lineOf } from './http-transform.test-support.ts'
import type { RunningVector, VectorPlace } from './vector-config.test-support.ts'

const idsOf = (lines: readonly string[]): string[] =>
  identifiedEventsOf(...lines)
    .trimEnd()
    .split('\n')
    .map((event) => JSON.parse(event).flow_id)

/** Lines that no other request has. */
const linesOf = (request: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => lineOf(request * 1_000 + n))

/** Registers the tests; in one of them the next hop is down for so many seconds. */
export function describeChain(
  startVector: (place: VectorPlace) => Promise<RunningVector>,
  { downSeconds }: { readonly downSeconds: number },
): void {
  /** Delivers requests of one line per record; each is to be in the file when it is acknowledged. */
  async function deliverAll(chain: Chain, requests = 8, count = 5): Promise<void> {
    const all = Array.from({ length: requests }, (_, request) => linesOf(request, count))
    await Promise.all(
      all.map(async (lines) => {
        const stored = await chain.deliver(lines)
        expect(idsOf(lines).filter((id) => !stored.has(id))).toStrictEqual([])
      }),
    )
    const stored = chain.stored().map(({ flow_id: id }) => id)
    expect(new Set(stored)).toStrictEqual(new Set(all.flatMap(idsOf)))
  }

  test('events come to the file as the transform made them, before Firehose is answered', async () => {
    const chain = await startChain(startVector)
    await deliverAll(chain)
    const first = chain.stored().find(({ flow_id: id }) => id === idsOf([lineOf(0)])[0])
    expect(first).toStrictEqual({
      ...JSON.parse(identifiedEventsOf(lineOf(0))),
      source_arn: 'arn:aws:firehose:us-east-1:1:deliverystream/flow-logs',
    })
    expect(chain.stored()).toHaveLength(40)
    expect(chain.deadLetters()).toStrictEqual([])
  })

  test('a bad line is a dead letter, and its request is acknowledged', async () => {
    const chain = await startChain(startVector)
    await chain.deliver([lineOf(1), 'no flow log', lineOf(2)])
    expect(chain.stored().map(({ flow_id: id }) => id)).toStrictEqual(idsOf([lineOf(1), lineOf(2)]))
    expect(chain.deadLetters()).toMatchObject([
      { reason: 'too_few_values', rejection: { line: 'no flow log' } },
    ])
  })

  describe('nothing is lost, and nothing is acknowledged before it is stored, when the next hop', () => {
    test(`is down for ${downSeconds} seconds`, {
      timeout: 120_000 + downSeconds * 2_000,
    }, async () => {
      const chain = await startChain(startVector)
      const isUp = chain.goDown(downSeconds * 1_000)
      let isDown = true
      void isUp.then(() => {
        isDown = false
      })
      await setTimeout(100)
      await deliverAll(chain)
      expect(isDown).toBe(false)
      await isUp
      expect(chain.deadLetters()).toStrictEqual([])
    })

    test('is slow', async () => {
      const chain = await startChain(startVector)
      chain.fault = async () => {
        await setTimeout(Math.random() * 500)
        return 'pass'
      }
      await deliverAll(chain)
      expect(chain.stored()).toHaveLength(40)
    })

    test('flaps, also after it has stored something', { timeout: 180_000 }, async () => {
      const chain = await startChain(startVector)
      const outcomes = [503, 'pass', 'cut', 429, 500, 'pass', 408, 502] as const
      let requests = 0
      chain.fault = async () => outcomes[requests++ % outcomes.length] ?? 'pass'
      await deliverAll(chain)
      expect(requests).toBeGreaterThan(8)
      expect(chain.deadLetters()).toStrictEqual([])
    })

    test('refuses one event of 10,000', { timeout: 120_000 }, async () => {
      const chain = await startChain(startVector)
      chain.fault = async (body) => (body.includes('"bytes":7777,') ? 400 : 'pass')
      const lines = Array.from({ length: 10_000 }, (_, n) => lineOf(n))
      // A record may have many lines.
      const messages = Array.from({ length: 10 }, (_, n) =>
        lines.slice(n * 1_000, n * 1_000 + 1_000),
      )
      const stored = await chain.deliver(messages.map((each) => each.join('\n')))
      const [bad] = idsOf([lineOf(7777)])
      expect(stored).toStrictEqual(new Set(idsOf(lines).filter((id) => id !== bad)))
      expect(chain.deadLetters().map(({ id, status }) => [id, status])).toStrictEqual([[bad, 400]])
      expect(chain.stored()).toHaveLength(9_999)
    })
  })

  test('kill -9 of the transform amid batches: nothing is lost, and repeats share ids', {
    timeout: 180_000,
  }, async () => {
    const chain = await startChain(startVector)
    let requests = 0
    let kills = 0
    let restarts: Promise<void> = Promise.resolve()
    chain.fault = async () => {
      requests++
      if (requests % 4 === 3 && kills < 3) {
        kills++
        restarts = chain.killTransform()
      }
      // What it has on its way is stored, and it does not live to hear of it.
      await setTimeout(20)
      return 'pass'
    }
    await deliverAll(chain, 4, 20)
    await restarts
    expect(kills).toBe(3)
    expect(chain.stored().length).toBeGreaterThan(80)
  })
}
