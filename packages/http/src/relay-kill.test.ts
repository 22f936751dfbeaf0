import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { identifiedEventsOf, lineOf, startNextHop } from './http-transform.test-support.ts'
import { startTransformProcess } from './transform-process.test-support.ts'

test('kill -9 amid batches, with a sender that tries again: nothing is lost, repeats share ids', async () => {
  const kills = 3
  let killed = 0
  const hop = await startNextHop(async (_got, index) => {
    await setTimeout(5)
    if (killed < kills && index % 4 === 2) {
      killed++
      void running.kill()
    }
    return 200
  })
  const options = { url: hop.url, batchBytes: 20_000 }
  let running = await startTransformProcess(options)
  const lines = Array.from({ length: 2_000 }, (_, n) => lineOf(n))
  for (let from = 0; from < lines.length; from += 500) {
    const body = lines.slice(from, from + 500).map((message) => JSON.stringify({ message }))
    for (let attempts = 0; ; attempts++) {
      if (attempts > 10) throw new Error('never delivered')
      try {
        const response = await fetch(running.url, { method: 'POST', body: body.join('\n') })
        if (response.status === 200) break
      } catch {
        running = await startTransformProcess({ ...options, port: running.port })
      }
    }
  }
  const wanted = identifiedEventsOf(...lines)
    .trimEnd()
    .split('\n')
  expect(killed).toBe(kills)
  expect(hop.stored.length).toBeGreaterThan(wanted.length)
  expect(new Set(hop.stored)).toStrictEqual(new Set(wanted))
})
