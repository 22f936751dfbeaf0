/** Firehose records: the kernel gives what the general path gives, and takes what it is made for. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Deliver } from './deliver.ts'
import {
  line,
  loadWithoutWebAssembly,
  oddLine,
  plainLine,
  transform,
} from './envelope-kernel.test-support.ts'
import { takeKernel } from './envelope-kernel.ts'
import { compileEnvelopeKernel } from './envelope-kernel-code.test-support.ts'
import { createFirehoseBody } from './firehose-body.ts'
import { createFirehoseEndpoint } from './firehose-endpoint.ts'
import { createRecordWindow } from './record-window.ts'

const general = await loadWithoutWebAssembly()

test('the code is what the source compiles to', async () => {
  const code = readFileSync(join(import.meta.dirname, 'envelope-kernel-code.ts'), 'utf8')
  expect(await compileEnvelopeKernel()).toBe(code)
})

test('there is no kernel where there is no memory for one', async () => {
  const { Module } = (globalThis as unknown as { WebAssembly: object & { Module: object } })
    .WebAssembly
  function Instance() {
    throw new RangeError('could not allocate memory')
  }
  vi.stubGlobal('WebAssembly', { Module, Instance })
  vi.resetModules()
  const fresh = await import('./envelope-kernel.ts')
  expect(fresh.takeKernel()).toBeUndefined()
  vi.unstubAllGlobals()
  expect(fresh.takeKernel()).toBeDefined()
})

describe('Firehose records', () => {
  const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
  const asRecord = (data: string) => `{"data":"${data}"}`
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const bitsSet = (digit: string) => digits[digits.indexOf(digit) | 15] as string
  const plain = fc.tuple(plainLine, fc.constantFrom('', '\n')).map(([text, end]) => ({
    text: asRecord(base64(`${JSON.stringify({ message: text })}${end}`)),
    isPlain: true,
  }))
  const odd = fc
    .oneof(
      oddLine.map((text) => asRecord(base64(JSON.stringify({ message: text })))),
      plainLine.map((text) => asRecord(base64(`{"message": ${JSON.stringify(text)}}`))),
      plainLine.map((text) => asRecord(base64(`{"message":${JSON.stringify(text)},"a":1}`))),
      plainLine.map((text) => asRecord(base64(`{"message":${JSON.stringify(text)}}\r\n`))),
      plainLine.map((text) => asRecord(base64(`{"message":${JSON.stringify(text)}} {}`))),
      plainLine.map((text) => asRecord(base64(`${text}\n`))),
      fc
        .tuple(plainLine, fc.constantFrom('\n\n', '\nx', 'x\n', ' ', '}'))
        .map(([text, end]) => asRecord(base64(`{"message":${JSON.stringify(text)}}${end}`))),
      plainLine.map((text) => asRecord(base64(gzipSync(JSON.stringify({ message: text }))))),
      plainLine.map((text) => ` {"data" : "${base64(JSON.stringify({ message: text }))}"}`),
      plainLine.map((text) => `{"a":1,"data":"${base64(JSON.stringify({ message: text }))}"}`),
      plainLine.map((text) => `{"data":"${base64(JSON.stringify({ message: text }))}","a":1}`),
      plainLine.map((text) =>
        asRecord(base64(JSON.stringify({ message: text })).replaceAll('=', '')),
      ),
      plainLine.map((text) => asRecord(`${base64(JSON.stringify({ message: text }))}=`)),
      plainLine.map((text) =>
        asRecord(base64(JSON.stringify({ message: text })).replace('i', '\\u0069')),
      ),
      // Bits that stand for nothing, behind what is nearly a record.
      plainLine.map((text) =>
        asRecord(base64(`{"message":"${text}"|`).replace(/.(?==+$)/, (last) => bitsSet(last))),
      ),
      fc
        .tuple(
          plainLine,
          fc.nat(),
          fc.constantFrom('!', '-', '_', '=', ' ', '\u00e9', '\u0080', '\\/'),
        )
        .map(([text, at, character]) => {
          const data = base64(JSON.stringify({ message: text }))
          const index = at % data.length
          return asRecord(data.slice(0, index) + character + data.slice(index + 1))
        }),
      fc.constantFrom('{}', '{"data":1}', '{"data":""}', asRecord('eyJtZXNzYWdlIjoi')),
    )
    .map((text) => ({ text, isPlain: false }))
  const records = fc.array(
    fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: odd }),
    {
      maxLength: 40,
    },
  )
  const kernel = takeKernel()
  const read = () => {
    const takePlainRecords = createRecordWindow({ kernel: () => kernel })
    return createFirehoseBody({ requestId: 'r', maxRecords: 10_000, takePlainRecords })
  }
  const cuts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 4 })

  test('a record with any odd byte at any place is left alone', () => {
    const take = (record: Uint8Array) => {
      kernel?.load([Buffer.from(asRecord(base64(record)))])
      return kernel?.takeRecords(0, 9, 999_999).count
    }
    for (let length = 1; length <= 160; length++) {
      const record = Buffer.from(`{"message":"${'x'.repeat(length)}"}`)
      expect(take(record), `${length} characters`).toBe(1)
      for (let at = 12; at < 12 + length; at++) {
        for (const byte of [0x00, 0x0a, 0x1f, 0x22, 0x5c, 0x80, 0xff]) {
          record[at] = byte
          expect(take(record), `${byte} at ${at} of ${length}`).toBe(0)
        }
        record[at] = 0x78
      }
    }
  })

  test('every plain record is taken, wherever chunks end', () => {
    fc.assert(
      fc.property(records, cuts, (some, sizes) => {
        const body = `{"requestId":"r","records":[${some.map(({ text }) => text).join(',')}]}`
        const reader = read()
        let taken = 0
        for (const chunk of chunksOf(Buffer.from(body), sizes)) {
          for (const record of reader.write(chunk)) if ('lines' in record) taken += record.records
        }
        reader.end()
        // A long record may be cut by the end of a window.
        const expected = some.filter(({ text, isPlain }) => isPlain && text.length < 8192).length
        expect(taken).toBeGreaterThanOrEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('a request gives the same batches without the kernel', async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        cuts,
        fc.integer({ min: 1, max: 9000 }),
        async (some, sizes, maxBatchBytes) => {
          const body = Buffer.from(
            `{"records":[${some.map(({ text }) => text).join(',')}],"requestId":"r"}`,
          )
          const [fast, slow] = await Promise.all(
            [createFirehoseEndpoint, general.createFirehoseEndpoint].map((create) =>
              receive(create, body, sizes, maxBatchBytes),
            ),
          )
          expect(fast).toStrictEqual(slow)
        },
      ),
      { numRuns: 200 },
    )
  })

  test.each([
    ['in many batches', 4096],
    ['in one batch, for which a kernel has no room', 64 * 1024 * 1024],
  ])('a large body of which every second record is odd, %s', async (_, maxBatchBytes) => {
    const long = line.replace('eni-', `eni-${'x'.repeat(1000)}`)
    const text = Array.from({ length: 4000 }, (_, index) => {
      const message = JSON.stringify({ message: index % 2 === 0 ? long : `${line}\té` })
      return asRecord(base64(message))
    })
    const body = Buffer.from(`{"requestId":"r","records":[${text.join(',')}]}`)
    const reader = read()
    let taken = 0
    for (const record of reader.write(body)) if ('lines' in record) taken += record.records
    expect(taken).toBe(2000)
    expect(await receive(createFirehoseEndpoint, body, [65_536], maxBatchBytes)).toStrictEqual(
      await receive(general.createFirehoseEndpoint, body, [65_536], maxBatchBytes),
    )
  })

  async function receive(
    create: typeof createFirehoseEndpoint,
    body: Uint8Array,
    sizes: readonly number[],
    maxBatchBytes: number,
  ) {
    const batches: unknown[] = []
    const deliver: Deliver = async (result) => {
      batches.push({ ...result, output: Buffer.from(result.output).toString() })
    }
    const handle = create({ accessKeys: 'none', transform, deliver, maxBatchBytes, log() {} })
    const chunks = chunksOf(body, sizes)
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { value } = chunks.next()
        if (value) controller.enqueue(new Uint8Array(value))
        else controller.close()
      },
    })
    const headers = {
      'content-type': 'application/json',
      'x-amz-firehose-request-id': 'r',
      'x-amz-firehose-common-attributes': '{"commonAttributes":{"region":"eu-west-1"}}',
    }
    const request = { method: 'POST', url: 'https://localhost/', headers: new Headers(headers) }
    const { status } = await handle({ ...request, body: stream } as unknown as Request)
    return { status, batches }
  }
})

function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array, undefined> {
  for (let at = 0, next = 0; at < bytes.length; next++) {
    const size = sizes[next % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
  return undefined
}
