import { gzipSync } from 'node:zlib'
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
  requestOf,
} from './firehose-endpoint.test-support.ts'

/** A body in chunks of a size. */
function* inChunks(body: Uint8Array, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

async function replyTo(body: Parameters<typeof requestOf>[0]) {
  const { handle, delivered } = createEndpoint()
  const response = await handle(requestOf(body))
  return { status: response.status, body: await response.json(), delivered }
}

describe('a body that is made to hurt', () => {
  test.each([
    ['arrays', '['],
    ['objects', '{"x":'],
  ])('10,000 %s deep', async (_, bracket) => {
    for (const around of ['{"x":', '{"records":[{"data":']) {
      const { status, body } = await replyTo(around + bracket.repeat(10_000))
      const expected = failure('the body is nested more than 100 deep')
      expect({ status, body }).toStrictEqual({ status: 400, body: expected })
    }
  })

  test.each([
    ['zeros', Buffer.alloc(64 * mebibyte)],
    ['blanks', Buffer.alloc(64 * mebibyte, ' ')],
    ['one string', Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(64 * mebibyte, 'x')])],
  ])('gzip data that inflates to 1 GiB of %s', async (name, content) => {
    const members = Array.from({ length: 16 }, () => gzipSync(content, { level: 1 }))
    const { status, body } = await replyTo(Buffer.concat(members))
    const tooLarge = failure(`the body is larger than ${64 * mebibyte} bytes`)
    const expected = name === 'zeros' ? failure('the body is not a JSON object') : tooLarge
    expect({ status, body }).toStrictEqual({ status: 400, body: expected })
  })

  test.each([
    ['a string', '{"x":"', 'x'],
    ['a string of backslashes', '{"x":"', '\\'],
    ['a string of quotes', '{"x":"', '\\"'],
    ['data', '{"records":[{"data":"', 'QUJD'],
    ['data in vain', '{"records":[{"data":"', '!'],
    ['a name', '{"', 'x'],
    ['a number', '{"x":1', '0'],
    ['a record of many members', '{"records":[{"data":1', ',"x":1'],
    ['records of nothing', '{"records":[1', ',1'],
  ])('%s that does not end, in small chunks', async (_, beginning, part) => {
    const endless = Buffer.concat([Buffer.from(beginning), Buffer.alloc(16 * mebibyte, part)])
    const started = process.cpuUsage()
    const { status } = await replyTo(inChunks(endless, 1000))
    expect(status).toBe(400)
    // Far less than anything that reads a chunk more than a few times; in microseconds.
    expect(process.cpuUsage(started).user).toBeLessThan(10_000_000)
  })

  test('members that every object has', async () => {
    const document = `{"__proto__":{"records":[]},"constructor":1,"hasOwnProperty":null,"records":[{"__proto__":{"data":"x"},"data":"${direct}"}]}`
    const { status, delivered } = await replyTo(document)
    expect(status).toBe(200)
    expect(delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([1])
    expect(Object.prototype).not.toHaveProperty('records')
  })
})

describe('records that are made to hurt', () => {
  test('10,000 deep', async () => {
    const deep = `{"message":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
    const { status, delivered } = await replyTo(bodyOf([{ data: base64(deep) }, { data: direct }]))
    expect(status).toBe(200)
    expect(delivered.map(({ ledger }) => [ledger.emitted, ledger.rejected])).toStrictEqual([[1, 1]])
    expect(delivered[0]?.rejections[0]?.line).toBe(deep)
  })

  test('the same record, again and again', async () => {
    const records = Array.from({ length: 10_000 }, () => ({ data: direct }))
    const { status, delivered } = await replyTo(bodyOf(records))
    expect(status).toBe(200)
    const output = Buffer.concat(delivered.map((batch) => batch.output)).toString()
    expect(output).toBe(event.repeat(10_000))
  })

  test('one line, and garbage of all kinds around it', async () => {
    const garbage = [
      Buffer.alloc(1000),
      Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]),
      Buffer.from('{"messageType":"DATA_MESSAGE","logEvents":[{"__proto__":1},null,7,"x"]}'),
      Buffer.from('{"message":"\\ud800"}'),
      Buffer.from('PAR1 and nothing else'),
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
      gzipSync(gzipSync(gzipSync(line))),
    ]
    const records = [...garbage, Buffer.from(line), ...garbage]
    const { status, delivered } = await replyTo(
      bodyOf(records.map((record) => ({ data: base64(record) }))),
    )
    expect(status).toBe(200)
    expect(delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([1])
    expect(Buffer.from(delivered[0]?.output ?? []).toString()).toBe(event)
  })
})
