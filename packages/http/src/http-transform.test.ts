import { createMapping, createTransform, origin, text } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { eventsOf, hostTransform, lineOf, transform } from './http-transform.test-support.ts'
import { createHttpTransform, type HttpTransformReport } from './http-transform.ts'

const [first, second] = [lineOf(1), lineOf(2)]
const wanted = eventsOf(first, second)

describe('bodies', () => {
  test.each([
    ['text', `${first}\n${second}\n`],
    ['text with a header', `version account-id interface-id\n2 1 eni-1\n`, '2 1 eni-1'],
    ['JSON lines', `{"message":"${first}"}\n{"message":"${second}"}\n`],
    ['JSON lines with CRLF and no end', `{"message":"${first}"}\r\n\r\n {"message":"${second}"}`],
    ['JSON lines with a byte order mark', `\uFEFF{"message":"${first}"}\n{"message":"${second}"}`],
    ['a JSON array', JSON.stringify([{ message: first }, { message: second, deep: [[{}]] }])],
    ['a JSON array over lines', JSON.stringify([{ message: first }, { message: second }], null, 2)],
    ['arrays in lines', `[{"message":"${first}"}]\n[]\n[{"message":"${second}"}]`],
    ['an event with two lines', JSON.stringify({ message: `${first}\n${second}\n` })],
    ['escapes', `{"message":"${first.replaceAll(' ', '\\u0020')}"}\n{"message":"${second}"}`],
    [
      'brackets and quotes in strings',
      JSON.stringify([{ x: '"]},\\', message: first }, { message: second }]),
    ],
  ])('%s', async (_name, body, ...lines) => {
    const send = await hostTransform()
    const reply = await send(body)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/x-ndjson')
    if (lines.length === 0) expect(reply.text).toBe(wanted)
    else
      expect(JSON.parse(reply.text)).toMatchObject({
        version: 2,
        account_id: '1',
        interface_id: 'eni-1',
      })
  })
})

describe('events', () => {
  test('have their line at a path, and members that go along', async () => {
    const send = await hostTransform({
      message: 'log.line',
      carry: ['source_arn', 'log.host', 'count', 'bytes', 'missing'],
    })
    const event = { log: { line: first, host: 'h"1' }, source_arn: 'arn:aws', count: 7, bytes: 99 }
    const { text } = await send(JSON.stringify(event))
    // The event's own member stands.
    const { log: _, count, source_arn, ...own } = JSON.parse(text)
    expect(text).toBe(
      `${eventsOf(first).slice(0, -2)},"source_arn":"arn:aws","host":"h\\"1","count":7}\n`,
    )
    expect([count, source_arn, own.bytes]).toStrictEqual([7, 'arn:aws', 1])
  })

  test('have many lines where the path passes through arrays, and whatever else is there is rejected', async () => {
    const message = 'resourceLogs.scopeLogs.logRecords.body.stringValue'
    const recordOf = (stringValue: unknown) => ({ body: { stringValue } })
    const event = {
      resourceLogs: [
        {
          scopeLogs: [{ logRecords: [recordOf(first), { severityNumber: 9 }] }, { logRecords: [] }],
        },
        { scopeLogs: [{ logRecords: [recordOf(second), recordOf(5)] }] },
      ],
    }
    const send = await hostTransform({ message })
    const reply = await send(`${JSON.stringify(event)}\n{"resourceLogs":{}}`, {
      path: '/?rejects=1',
    })
    const lines = reply.text.trimEnd().split('\n')
    expect(lines.slice(0, 2).join('\n')).toBe(wanted.trimEnd())
    expect(lines.slice(2).map((line) => JSON.parse(line).rejection)).toMatchObject([
      { code: 'too_few_values', line: '{"severityNumber":9}', origin: { record: 0, line: 2 } },
      {
        code: 'too_few_values',
        line: '{"body":{"stringValue":5}}',
        origin: { record: 0, line: 5 },
      },
      { code: 'unknown_shape', line: '{"resourceLogs":{}}' },
    ])
  })

  test('each carry their own', async () => {
    const send = await hostTransform({ carry: ['host'] })
    const hosts = ['a', 'a', 'b', undefined, 'a', { nested: true }, 1e30, true]
    const body = hosts.map((each) => JSON.stringify({ host: each, message: first })).join('\n')
    const { text } = await send(body)
    const carried = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each).host)
    expect(carried).toStrictEqual(['a', 'a', 'b', undefined, 'a', undefined, undefined, true])
  })

  test('tell where their lines came from', async () => {
    const mapping = createMapping({
      name: 'origins',
      template: { region: text(origin('region')), id: text(origin('requestId')) },
    })
    const send = await hostTransform({
      transform: createTransform({ mapping }),
      origin: { region: 'region', requestId: 'request_id' },
    })
    const reply = await send(
      JSON.stringify([
        { message: first, region: 'eu-west-1', request_id: 'r1' },
        { message: first, region: 5 },
      ]),
    )
    expect(reply.text).toBe('{"region":"eu-west-1","id":"r1"}\n{}\n')
  })

  test('with a header speak for themselves only', async () => {
    const send = await hostTransform()
    const header = 'account-id version interface-id'
    const events = [first, header, second, `${header}\n1 2 eni-1`, first]
    const reply = await send(JSON.stringify(events.map((message) => ({ message }))))
    const records = reply.text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each))
    expect(records.map(({ account_id }) => account_id)).toStrictEqual([
      '647604195155',
      '647604195155',
      '1',
      '647604195155',
    ])
    expect(reply.headers.get('x-flowlogs-lines')).toBe('6')
  })

  test('that are bad are counted, and shown when asked for', async () => {
    const send = await hostTransform()
    const body = Buffer.concat([
      Buffer.from(
        `{"message":"${first}"}\n{"message":\n{"other":1}\nnull\n{"message":"x"}\n{"message":"`,
      ),
      Buffer.from([0xff]),
      Buffer.from('"}\n'),
    ])
    const plain = await send(body)
    expect(plain.text).toBe(eventsOf(first))
    expect([
      ...['lines', 'emitted', 'rejected'].map((name) => plain.headers.get(`x-flowlogs-${name}`)),
    ]).toStrictEqual(['6', '1', '5'])
    const { text } = await send(body, { path: '/?rejects=1' })
    const [event, ...rejections] = text.trimEnd().split('\n')
    expect(`${event}\n`).toBe(eventsOf(first))
    expect(rejections.map((each) => JSON.parse(each).rejection)).toStrictEqual(
      expect.arrayContaining([
        {
          code: 'bad_json',
          line: '{"message":',
          origin: { record: 1 },
          message: 'the record is not whole JSON',
        },
        expect.objectContaining({
          code: 'unknown_shape',
          line: '{"other":1}',
          origin: { record: 2 },
        }),
        expect.objectContaining({ code: 'unknown_shape', line: 'null' }),
        expect.objectContaining({
          code: 'too_few_values',
          line: 'x',
          origin: { record: 4, line: 1 },
        }),
        expect.objectContaining({
          code: 'bad_encoding',
          value: Buffer.from('7b226d657373616765223a22ff227d', 'hex').toString('base64'),
        }),
      ]),
    )
    expect(rejections).toHaveLength(5)
  })
})

describe('requests', () => {
  test.each(['GET', 'HEAD'])('%s is a health check', async (method) => {
    const send = await hostTransform()
    expect(await send('', { method })).toMatchObject({
      status: 200,
      text: method === 'GET' ? 'ok\n' : '',
    })
  })

  test('for which there is no room are to come again', async () => {
    const [gate, open] = createGate()
    const [entered, enter] = createGate()
    let delivered = 0
    const output = async () => {
      enter()
      await gate
      delivered++
    }
    const send = await hostTransform({ output, maxPendingBytes: 1_000 })
    const held = send(`${lineOf()}\n`.repeat(5))
    await entered
    const refused = await send(`${lineOf()}\n`.repeat(5))
    expect([refused.status, refused.headers.get('retry-after')]).toStrictEqual([503, '1'])
    open()
    expect((await held).status).toBe(200)
    expect((await send(`${lineOf()}\n`.repeat(5))).status).toBe(200)
    expect(delivered).toBe(2)
  })

  test('are reported', async () => {
    const reports: HttpTransformReport[] = []
    const send = await hostTransform({ report: (report) => reports.push(report) })
    await send(first)
    await send('x', { method: 'DELETE' })
    await send('', { method: 'HEAD' })
    expect(reports).toMatchObject([
      {
        status: 200,
        bytesIn: first.length,
        bytesOut: eventsOf(first).length,
        ledger: { emitted: 1 },
      },
      { status: 405, bytesIn: 0, bytesOut: 0, error: { message: 'the method must be POST' } },
    ])
  })

  test('that are cut off do nothing', async () => {
    const delivered: unknown[] = []
    const reports: HttpTransformReport[] = []
    const handle = createHttpTransform({
      transform,
      output: async (batch) => delivered.push(batch),
      report: (report) => reports.push(report),
    })
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(lineOf()))
        controller.error(new Error('gone'))
      },
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await handle(new Request('http://localhost/', init))).status).toBe(400)
    expect(reports.map(({ status }) => status)).toStrictEqual([400])
    expect(delivered).toStrictEqual([])
  })
})

test('wrong options are refused', () => {
  const build = (options: object) => () =>
    createHttpTransform({ transform, output: 'respond', ...options })
  expect(build({ message: 'a..b' })).toThrow(
    '"a..b" is not a path of member names separated by dots',
  )
  expect(build({ carry: ['a.x', 'b.x'] })).toThrow('two carried members are called "x"')
  expect(build({ maxBodyBytes: -1 })).toThrow('maxBodyBytes must be a positive integer, not -1')
})

function createGate(): [Promise<void>, () => void] {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return [gate, open]
}
