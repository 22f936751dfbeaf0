/** The memory of outputs: the caller's own until it is handed back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatherResults } from './gather-results.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformResult } from './transform.ts'

const options = { format: 'srcaddr bytes', mapping: recordMapping } as const

/** Lines whose events are at least 64 KiB, which tell who made them. */
function linesOf(maker: number, count = 2000): string {
  return `10.0.0.${maker % 256} ${1_000_000 + maker}\n`.repeat(count)
}

function textOf(maker: number, count = 2000): string {
  return `{"srcaddr":"10.0.0.${maker % 256}","bytes":${1_000_000 + maker}}\n`.repeat(count)
}

const read = ({ output }: TransformResult) => Buffer.from(output).toString()

test('what is handed back is used again, once', () => {
  const transform = createTransform(options)
  const first = transform(linesOf(1))
  const { buffer } = first.output
  first.release?.()
  first.release?.()
  const [second, third] = [transform(linesOf(2, 1900)), transform(linesOf(3))]
  expect([second.output.buffer === buffer, third.output.buffer === buffer]).toStrictEqual([
    true,
    false,
  ])
  expect([read(second), read(third)]).toStrictEqual([textOf(2, 1900), textOf(3)])
  first.release?.()
  expect(transform(linesOf(4)).output.buffer === buffer).toBe(false)
})

test('there is nothing to hand back of small outputs, and of those that are lent', () => {
  expect(createTransform(options)(linesOf(1, 10))).not.toHaveProperty('release')
  const lending = createTransform({ ...options, reuseOutput: true })
  expect(lending(linesOf(1))).not.toHaveProperty('release')
})

test('a copy of a result has no memory to hand back', () => {
  const result = createTransform(options)(linesOf(1))
  expect(result.release).toBeInstanceOf(Function)
  expect({ ...result }).not.toHaveProperty('release')
  expect(result).toStrictEqual(createTransform(options)(linesOf(1)))
})

test('no more is kept than a few outputs', () => {
  const transform = createTransform(options)
  const results = Array.from({ length: 10 }, (_, index) => transform(linesOf(index)))
  const buffers = new Set(results.map(({ output }) => output.buffer))
  for (const { release } of results) release?.()
  const again = Array.from({ length: 10 }, (_, index) => transform(linesOf(index)))
  expect(again.filter(({ output }) => buffers.has(output.buffer)).length).toBe(4)
})

test('outputs that are still held never change, whatever is handed back when', () => {
  const step = fc.record({ count: fc.integer({ min: 1, max: 6000 }), released: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const transform = createTransform(options)
      const held: { result: TransformResult; text: string }[] = []
      for (const [maker, { count, released }] of steps.entries()) {
        const session = transform.stream()
        const result =
          maker % 2
            ? transform(linesOf(maker, count))
            : session.write(Buffer.from(linesOf(maker, count)))
        held.push({ result, text: textOf(maker, count) })
        if (released % 3 === 0) held.splice(released % held.length, 1)[0]?.result.release?.()
        for (const { result: each, text } of held) expect(read(each)).toBe(text)
      }
    }),
    { numRuns: 60 },
  )
})

test('a batch that several results were gathered to outlives them', async () => {
  const transform = createTransform(options)
  async function* results() {
    for (let maker = 0; maker < 4; maker++) {
      yield transform(linesOf(maker))
    }
  }
  const batches: TransformResult[] = []
  for await (const batch of gatherResults(results(), 200_000)) batches.push(batch)
  expect(batches.map(read).join('')).toBe([0, 1, 2, 3].map((maker) => textOf(maker)).join(''))
})
