import { gzipSync } from 'node:zlib'
import { emptyLedger, type Ledger } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import {
  base64,
  bodyOf,
  createEndpoint,
  direct,
  event,
  failure,
  line,
  mebibyte,
  requestId,
  requestOf,
  success,
} from './firehose-endpoint.test-support.ts'

// Which engine takes a line is core's affair.
const empty: Ledger = { ...emptyLedger(), lanes: expect.any(Object) }

describe('a request of more than a batch', () => {
  const text = (index: number) => ({ data: base64(`2 ${index}\n`) })
  // Four bytes each.
  const records = Array.from({ length: 10 }, (_, index) => text(index))

  test('is delivered batch by batch, and its records are numbered on', async () => {
    const { handle, delivered, invocations } = createEndpoint({ maxBatchBytes: 12 })
    expect((await handle(requestOf(bodyOf(records)))).status).toBe(200)
    const lines = delivered.map(({ rejections }) =>
      rejections.map(({ line, origin }) => [line, origin]),
    )
    const expected = (index: number) => [`2 ${index}`, { requestId, record: index, line: 1 }]
    expect(lines).toStrictEqual([
      [0, 1, 2].map(expected),
      [3, 4, 5].map(expected),
      [6, 7, 8].map(expected),
      [9].map(expected),
    ])
    expect(invocations.map(({ ledger }) => ledger)).toStrictEqual([
      { ...empty, lines: 10, rejected: 10, rejections: { too_few_values: 10 } },
    ])
  })

  test('has no empty batch at its end', async () => {
    const { handle, delivered } = createEndpoint({ maxBatchBytes: 4 })
    await handle(requestOf(bodyOf(records.slice(0, 2))))
    expect(delivered).toHaveLength(2)
  })

  test('goes on only when a batch is stored', async () => {
    const order: string[] = []
    const { handle } = createEndpoint({
      maxBatchBytes: 4,
      async deliver({ rejections }) {
        order.push(`begin ${rejections[0]?.line}`)
        await new Promise(setImmediate)
        order.push(`end ${rejections[0]?.line}`)
      },
    })
    await handle(requestOf(bodyOf(records.slice(0, 2))))
    expect(order).toStrictEqual(['begin 2 0', 'end 2 0', 'begin 2 1', 'end 2 1'])
  })

  test('is not read on while a batch is stored', async () => {
    const pieces = bodyOf(records).split(/(?<=\},)/)
    let sent = 0
    function* body() {
      for (const piece of pieces) {
        sent++
        yield Buffer.from(piece.padEnd(64 * 1024))
      }
    }
    const sentAtDelivery: number[] = []
    const { handle } = createEndpoint({
      maxBatchBytes: 4,
      async deliver() {
        await new Promise((done) => setTimeout(done, 5))
        sentAtDelivery.push(sent)
      },
    })
    expect((await handle(requestOf(body()))).status).toBe(200)
    expect(sentAtDelivery).toHaveLength(10)
    expect(sentAtDelivery[0]).toBeLessThan(8)
  })

  test('is answered with 503 when one batch is not stored; the rest is not tried', async () => {
    const lines: unknown[] = []
    const { handle, invocations } = createEndpoint({
      maxBatchBytes: 4,
      async deliver({ rejections }) {
        lines.push(rejections[0]?.line)
        if (lines.length === 2) throw new Error('the disk is full')
      },
    })
    const response = await handle(requestOf(bodyOf(records)))
    const expected = [503, failure('the disk is full')]
    expect([response.status, await response.json()]).toStrictEqual(expected)
    expect(lines).toStrictEqual(['2 0', '2 1'])
    // The account is of what was stored.
    expect(invocations.map(({ ledger }) => ledger.lines)).toStrictEqual([1])
  })

  test('is answered with 400 when it turns out late to be no request', async () => {
    const { handle, delivered } = createEndpoint({ maxBatchBytes: 12 })
    const response = await handle(requestOf(`${bodyOf(records)}]`))
    expect([response.status, await response.json()]).toStrictEqual([
      400,
      failure(`the body is not JSON at byte ${bodyOf(records).length}`),
    ])
    expect(delivered).toHaveLength(3)
  })

  test('is as large as its records are inflated', async () => {
    const { handle, delivered } = createEndpoint({ maxBatchBytes: 2000 })
    const compressed = { data: base64(gzipSync(`${line}\n`.repeat(10))) }
    await handle(requestOf(bodyOf([compressed, compressed, compressed])))
    expect(delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([20, 10])
  })

  test('is delivered in batches whatever becomes of its records', async () => {
    const { handle, delivered } = createEndpoint({ maxBatchBytes: 1000 })
    await handle(requestOf(bodyOf(Array.from({ length: 10 }, () => ({ data: '!'.repeat(400) })))))
    expect(delivered.map(({ ledger }) => ledger.rejections)).toStrictEqual([
      { bad_base64: 3 },
      { bad_base64: 3 },
      { bad_base64: 3 },
      { bad_base64: 1 },
    ])
  })
})

describe('bad records in a good request', () => {
  test('are rejections, and the request is answered with 200', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(5 * mebibyte)))
    const short = base64(gzipSync(line).subarray(0, -4))
    const { handle, delivered } = createEndpoint({
      maxInflatedBytes: 4 * mebibyte,
      maxBatchBytes: 8 * mebibyte,
    })
    const response = await handle(
      requestOf(
        bodyOf([
          { data: '!!!!' },
          { data: 'YWJj=' },
          { data: short },
          { data: { messageType: 'DATA_MESSAGE' } },
          null,
          { data: base64('2 x') },
          { data: direct },
          { data: bomb },
        ]),
      ),
    )
    expect([response.status, await response.json()]).toStrictEqual([200, success])
    expect(delivered).toStrictEqual([
      {
        output: new Uint8Array(Buffer.from(event)),
        ledger: {
          ...empty,
          lines: 8,
          emitted: 1,
          rejected: 7,
          rejections: {
            too_few_values: 1,
            bad_base64: 2,
            too_large: 1,
            bad_gzip: 1,
            unknown_shape: 2,
          },
        },
        rejections: [
          {
            code: 'too_few_values',
            field: 'interface_id',
            line: '2 x',
            origin: { requestId, record: 5, line: 1 },
          },
          { code: 'bad_base64', line: '!!!!', origin: { requestId, record: 0 } },
          { code: 'bad_base64', line: 'YWJj=', origin: { requestId, record: 1 } },
          { code: 'bad_gzip', line: short, origin: { requestId, record: 2 } },
          {
            code: 'unknown_shape',
            line: '{"data":{"messageType":"DATA_MESSAGE"}}',
            origin: { requestId, record: 3 },
          },
          { code: 'unknown_shape', line: 'null', origin: { requestId, record: 4 } },
          { code: 'too_large', line: bomb, origin: { requestId, record: 7 } },
        ],
      },
    ])
  })

  test('cannot inflate without end, however many they are', async () => {
    const bomb = { data: base64(gzipSync(Buffer.alloc(mebibyte + 1))) }
    const { handle, delivered } = createEndpoint({
      maxInflatedBytes: mebibyte,
      maxBatchBytes: 4 * mebibyte,
    })
    const records = Array.from({ length: 20 }, () => bomb)
    await handle(requestOf(bodyOf([...records, { data: direct }])))
    expect(delivered[0]?.ledger).toStrictEqual({
      ...empty,
      lines: 21,
      emitted: 1,
      rejected: 20,
      rejections: { too_large: 20 },
    })
  })

  test('inflate to 64 MiB each at most', async () => {
    const inflatesTo = (bytes: number) => ({ data: base64(gzipSync(Buffer.alloc(bytes, 'x'))) })
    const { handle, delivered } = createEndpoint()
    const fitting = inflatesTo(64 * mebibyte)
    await handle(requestOf(bodyOf([fitting, inflatesTo(64 * mebibyte + 1)])))
    expect(delivered.map(({ ledger }) => ledger.rejections)).toStrictEqual([
      { line_too_long: 1 },
      { too_large: 1 },
    ])
  })
})

describe('the origin of a line', () => {
  test.each([
    [
      { account: '1', region: 'r' },
      { account: '1', region: 'r' },
    ],
    [
      { accountId: '2', awsRegion: 's' },
      { account: '2', region: 's' },
    ],
    [
      { account_id: '3', aws_region: 't' },
      { account: '3', region: 't' },
    ],
    [{ account: '', accountId: '4', account_id: '5' }, { account: '4' }],
    [{ ACCOUNT: '6', owner: '7', __proto__: '8' }, {}],
  ])('has of the common attributes %j what is known: %j', async (commonAttributes, known) => {
    const { handle, delivered } = createEndpoint()
    const headers = {
      'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes }),
    }
    await handle(requestOf(bodyOf([{ data: base64('2 x') }]), headers))
    const origin = delivered[0]?.rejections[0]?.origin
    expect(origin).toStrictEqual({ ...known, requestId, record: 0, line: 1 })
  })

  test('has nothing of the ARN of the stream, which may be another account and region', async () => {
    const { handle, delivered } = createEndpoint()
    const arn = 'arn:aws:firehose:eu-west-1:999999999999:deliverystream/central'
    await handle(requestOf(bodyOf([{ data: base64('2 x') }]), { 'x-amz-firehose-source-arn': arn }))
    const origin = delivered[0]?.rejections[0]?.origin
    expect(origin).toStrictEqual({ requestId, record: 0, line: 1 })
  })
})
