import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createTransform,
  emptyLedger,
  type Origin,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCollector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import { transformStream } from './transform-stream.ts'
import { unwrap } from './unwrap.ts'
import { createUnwrapper } from './unwrapper.ts'

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const transform = createTransform({ mapping: recordMapping })

const contents = {
  text: `\uFEFF${header}\n${line}\r\n\n2 too few\n${line}`,
  objects: `\uFEFF \n{"message":"${line}"}\n{"message":"x"}{"message":"${line}\\n${line}"}`,
  mixed: `{"message":"${line}"}\n{"message":"cut\n${line}\r\n{"message":["{\\"}"]}{"message":"y"}`,
  'many objects': `{"message":"${line}"}\n{"message":"x"}`.repeat(20),
  nothing: '',
  blanks: ' \n \t\r\n',
}

describe('chunks', () => {
  test.each(Object.entries(contents))(
    '%s: any chunks give what the whole gives',
    async (_, text) => {
      const bytes = Buffer.from(text)
      const expected = account([transformDelivery(transform, unwrap(bytes))])
      const layers = fc.constantFrom(
        bytes,
        gzipSync(bytes),
        gzipSync(gzipSync(bytes)),
        Buffer.concat([gzipSync(bytes.subarray(0, 50)), gzipSync(bytes.subarray(50))]),
      )
      await fc.assert(
        fc.asyncProperty(
          layers,
          fc.array(fc.integer({ min: 1, max: 400 })),
          async (input, sizes) => {
            expect(account(await run(input, sizes))).toStrictEqual(expected)
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  test('the origin of a rejected line has the name and the line of its file', async () => {
    const results = await run(Buffer.from(contents.text), [70], { key: 'flow.log' })
    expect(account(results).rejections).toStrictEqual([
      {
        code: 'too_few_values',
        field: 'srcaddr',
        line: '2 too few',
        origin: { key: 'flow.log', line: 4 },
      },
    ])
  })
})

describe('broken input', () => {
  test('gzip data that is cut short keeps its whole lines, and rejects the last', async () => {
    const text = Array.from({ length: 2000 }, (_, index) => line.replace('20641', `${index}`)).join(
      '\n',
    )
    const whole = gzipSync(text)
    const results = await run(whole.subarray(0, -2000), [1000])
    const { output, ledger, rejections } = account(results)
    expect(ledger.emitted).toBeGreaterThan(100)
    const read = text.split('\n').slice(0, ledger.emitted)
    expect(output).toBe(Buffer.from(transform(read.join('\n')).output).toString())
    const rest = text.split('\n')[ledger.emitted] ?? ''
    expect(rejections).toStrictEqual([
      { code: 'bad_gzip', value: 'unexpected end of file', line: rejections[0]?.line },
    ])
    expect(rest.startsWith(rejections[0]?.line ?? '-')).toBe(true)
    expect(ledger).toStrictEqual({
      ...emptyLedger(),
      lanes: expect.any(Object),
      lines: ledger.emitted + 1,
      emitted: ledger.emitted,
      rejected: 1,
      rejections: { bad_gzip: 1 },
    })
  })

  test('gzip data that is not gzip after its first bytes', async () => {
    const input = Buffer.concat([Uint8Array.of(0x1f, 0x8b), Buffer.from('no gzip')])
    expect(account(await run(input, [3]))).toStrictEqual({
      output: '',
      ledger: {
        ...emptyLedger(),
        lanes: expect.any(Object),
        lines: 1,
        rejected: 1,
        rejections: { bad_gzip: 1 },
      },
      rejections: [{ code: 'bad_gzip', value: 'unknown compression method', line: '' }],
    })
  })

  test('what the source throws is thrown', async () => {
    async function* source() {
      yield Buffer.from(line)
      throw new Error('the disk is gone')
    }
    const results = transformStream(transform, source())
    await expect(collect(results)).rejects.toThrow('the disk is gone')
  })

  test('a line of 100 MB is one rejection, in little memory', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x')
    async function* source() {
      yield Buffer.from(`${line}\n`)
      for (let count = 0; count < 100; count++) yield block
      yield Buffer.from(`\n${line}\n`)
    }
    const { output, ledger, rejections } = account(
      await collect(transformStream(transform, source())),
    )
    expect({ output, ledger, rejections }).toStrictEqual({
      output: Buffer.from(transform(`${line}\n${line}\n`).output).toString(),
      ledger: {
        ...emptyLedger(),
        lanes: expect.any(Object),
        lines: 3,
        emitted: 2,
        rejected: 1,
        rejections: { line_too_long: 1 },
      },
      rejections: [{ code: 'line_too_long', line: 'x'.repeat(65_536), origin: { line: 2 } }],
    })
  })
})

describe('limits', () => {
  const object = (message: string) => `{"message":"${message}"}`

  test('an object beyond the limit is rejected with its beginning', () => {
    const large = object('x'.repeat(3000))
    expect(open(`${object('a')}\n${large}\n${object('b')}\n`)).toStrictEqual({
      lines: 'a\nb\n',
      rejections: [{ code: 'too_large', line: expect.stringMatching(/^\{"message":"x+$/) }],
    })
  })

  test('an object that never ends does not swallow those after it', () => {
    const cut = '{"messageType":"DATA_MESSAGE",'
    const messages = Array.from({ length: 500 }, (_, index) => `message ${index}`)
    expect(open([cut, ...messages.map(object)].join('\n'))).toStrictEqual({
      lines: messages.map((message) => `${message}\n`).join(''),
      rejections: [{ code: 'bad_json', line: cut }],
    })
  })

  test('a line of text between objects', () => {
    expect(open(`${object('a')}\n${'x'.repeat(3000)}\n${object('b')}`)).toStrictEqual({
      lines: 'a\nb\n',
      rejections: [
        { code: 'line_too_long', line: expect.stringMatching(/^x+$/), origin: { line: 2 } },
      ],
    })
  })

  function open(text: string) {
    const collector = createCollector()
    const input = { origin: {}, isRecord: false, lines: 0 }
    const opening = { input, into: collector, openRecord: () => undefined }
    const unwrapper = createUnwrapper(opening, { object: 1000, line: 1000 })
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += 100) unwrapper.write(bytes.subarray(at, at + 100))
    unwrapper.end()
    const { sections, rejections } = collector.take()
    return { lines: sections.map(({ lines }) => Buffer.from(lines)).join(''), rejections }
  }
})

/** The results of an input in chunks of the given sizes, over and over. */
async function run(input: Uint8Array, sizes: readonly number[], origin?: Origin) {
  async function* chunks() {
    for (let at = 0, next = 0; at < input.length; next++) {
      const size = sizes[next % sizes.length] ?? input.length
      const chunk = Buffer.from(input.subarray(at, at + size))
      yield chunk
      // Its memory may be used again by now.
      chunk.fill(0xff)
      at += size
    }
  }
  return collect(transformStream(transform, chunks(), origin))
}

async function collect(results: AsyncIterable<TransformResult>) {
  const collected: TransformResult[] = []
  for await (const result of results) collected.push(result)
  return collected
}

function account(results: readonly TransformResult[]) {
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return {
    output: Buffer.concat(results.map((result) => result.output)).toString(),
    ledger,
    rejections: results
      .flatMap((result) => result.rejections)
      // Within one block, envelopes come after lines.
      .sort((left, right) => Number('origin' in right) - Number('origin' in left)),
  }
}
