import { describe, expect, test } from 'vitest'
import { addLedger, emptyLedger } from './ledger.ts'
import { recordMapping } from './record-mapping.ts'
import { toTransformStream, transformChunks } from './streaming.ts'
import { createTransform } from './transform.ts'

const transform = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })
const chunks = ['10.0.0.1 1\n10.0', '.0.2 2\nbad\n', '10.0.0.3 3'].map((text) => Buffer.from(text))
const output =
  '{"srcaddr":"10.0.0.1","bytes":1}\n{"srcaddr":"10.0.0.2","bytes":2}\n{"srcaddr":"10.0.0.3","bytes":3}\n'

describe('a web stream', () => {
  test('gives the events, and the accounts to whoever asked', async () => {
    const ledger = emptyLedger()
    const lines: unknown[] = []
    const stream = toTransformStream(
      transform,
      (result) => {
        addLedger(ledger, result.ledger)
        lines.push(...result.rejections)
      },
      { key: 'flow.log' },
    )
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    })
    const piped = source.pipeThrough(stream as ReadableWritablePair<Uint8Array, Uint8Array>)
    expect(await new Response(piped as ReadableStream).text()).toBe(output)
    expect(ledger).toMatchObject({ lines: 4, emitted: 3, rejected: 1 })
    expect(lines).toEqual([
      { code: 'too_few_values', field: 'bytes', line: 'bad', origin: { key: 'flow.log', line: 3 } },
    ])
  })
})

describe('an async iterable', () => {
  test('gives one result for each chunk and one for the end', async () => {
    const outputs: string[] = []
    for await (const result of transformChunks(transform, chunks)) {
      outputs.push(new TextDecoder().decode(result.output))
    }
    expect(outputs).toHaveLength(4)
    expect(outputs.join('')).toBe(output)
  })
})

test('a transform cannot be used by the origin function that it is asking', () => {
  const nested = createTransform({ format: 'bytes', mapping: recordMapping, index: true })
  const origin = () => {
    nested('2\n')
    return {}
  }
  expect(() => nested('1\n', origin)).toThrow(
    'a transform cannot be used from within its own origin function',
  )
  expect(new TextDecoder().decode(nested('3\n').output)).toBe('{"bytes":3}\n')
})
