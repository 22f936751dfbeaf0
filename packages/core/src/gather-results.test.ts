import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gatherResults } from './gather-results.ts'
import { addLedger, emptyLedger } from './ledger.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformResult } from './transform.ts'

const options = { format: 'srcaddr bytes', mapping: recordMapping, index: true } as const
const transform = createTransform(options)
const event = '{"srcaddr":"10.0.0.1","bytes":7}\n'

describe('batches', () => {
  test('are as large as they may be', async () => {
    const lines = '10.0.0.1 7\n'.repeat(10).split(/(?<=\n)/)
    const batches = await gather(
      lines.map((line) => transform(line)),
      event.length * 4,
    )
    expect(batches.map(({ output }) => Buffer.from(output).toString())).toStrictEqual([
      event.repeat(4),
      event.repeat(4),
      event.repeat(2),
    ])
  })

  test('have one result that is too large by itself', async () => {
    const results = ['10.0.0.1 7\n', '10.0.0.1 7\n'.repeat(9), '10.0.0.1 7\n']
    const batches = await gather(
      results.map((line) => transform(line)),
      event.length * 4,
    )
    expect(batches.map(({ ledger }) => ledger.emitted)).toStrictEqual([1, 9, 1])
  })

  test('are not made of nothing', async () => {
    expect(await gather([], 100)).toStrictEqual([])
    expect(await gather([transform(''), transform('')], 100)).toStrictEqual([])
  })

  test('without events say what became of the lines', async () => {
    const results = Array.from({ length: 1000 }, () => transform('\n'))
    const batches = await gather(results, 100)
    expect(batches).toStrictEqual([transform('\n'.repeat(1000))])
  })

  test('count rejected lines as well, so that a file of them does not fill the memory', async () => {
    const results = Array.from({ length: 10 }, () => transform(`${'x'.repeat(400)}\n`))
    const batches = await gather(results, 1500)
    expect(batches.map(({ rejections }) => rejections.length)).toStrictEqual([2, 2, 2, 2, 2])
  })

  test('outlive the memory that the transform uses again', async () => {
    const reusing = createTransform({ ...options, reuseOutput: true })
    async function* results() {
      for (let count = 0; count < 5; count++) yield reusing(`10.0.0.${count} 7\n`)
    }
    const [batch] = await collect(gatherResults(results(), 1000))
    const whole = [0, 1, 2, 3, 4].map((count) => `10.0.0.${count} 7\n`).join('')
    expect(Buffer.from(batch?.output ?? []).toString()).toBe(
      Buffer.from(transform(whole).output).toString(),
    )
  })
})

test('nothing is read on before a batch was taken', async () => {
  let read = 0
  async function* results() {
    for (; read < 10; ) {
      read++
      yield transform('10.0.0.1 7\n')
    }
  }
  const reads: number[] = []
  for await (const _ of gatherResults(results(), event.length * 2)) {
    await new Promise((done) => setTimeout(done, 1))
    reads.push(read)
  }
  expect(reads).toStrictEqual([3, 5, 7, 9, 10])
})

test('any lines in any results and batches give what they give at once', async () => {
  const line = fc.constantFrom('10.0.0.1 7', '10.0.0.2 1234567', 'x', '', 'srcaddr bytes', '- -')
  const chunks = fc.array(fc.array(line, { minLength: 1, maxLength: 5 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 2000 }), async (groups, maxBytes) => {
      const texts = groups.map((lines) => lines.map((each) => `${each}\n`).join(''))
      const batches = await gather(
        texts.map((text) => transform(text, {})),
        maxBytes,
      )
      const ledger = emptyLedger()
      for (const batch of batches) {
        addLedger(ledger, batch.ledger)
        // The index of a batch finds its events.
        const text = Buffer.from(batch.output).toString()
        expect(batch.events?.offsets).toStrictEqual([...text.matchAll(/^./gm)].map((m) => m.index))
      }
      const whole = transform(texts.join(''), {})
      expect({
        output: Buffer.concat(batches.map(({ output }) => output)).toString(),
        ledger,
        codes: batches.flatMap(({ rejections }) => rejections.map(({ code }) => code)),
        ids: batches.flatMap(({ events }) => events?.ids),
      }).toStrictEqual({
        output: Buffer.from(whole.output).toString(),
        ledger: whole.ledger,
        codes: whole.rejections.map(({ code }) => code),
        ids: texts.flatMap((text) => transform(text, {}).events?.ids),
      })
    }),
  )
})

function gather(results: readonly TransformResult[], maxBytes: number) {
  async function* source() {
    yield* results
  }
  return collect(gatherResults(source(), maxBytes))
}

async function collect(batches: AsyncIterable<TransformResult>) {
  const collected: TransformResult[] = []
  for await (const batch of batches) collected.push(batch)
  return collected
}
