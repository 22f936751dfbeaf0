import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createMapping,
  createParser,
  createTransform,
  id,
  isBalanced,
  type Mapping,
  milliseconds,
  number,
  type Origin,
  recordMapping,
  rest,
  text,
} from '@flowlogs/core'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createForwarder, type Forwarder, type ForwarderOptions, type Report } from './index.ts'
import { type Receiver, startReceiver } from './receiver.test-support.ts'

const accepted =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const noData = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
const acceptedRecord = {
  version: 2,
  account_id: '123456789010',
  interface_id: 'eni-1235b8ca123456789',
  srcaddr: '172.31.16.139',
  dstaddr: '172.31.16.21',
  srcport: 20641,
  dstport: 22,
  protocol: 6,
  packets: 20,
  bytes: 4249,
  start: 1418530010,
  end: 1418530070,
  action: 'ACCEPT',
  log_status: 'OK',
}
const acceptedId = 'b145101b855f52789957cecab7fd3533'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function receiver(options: Parameters<typeof startReceiver>[0] = {}): Promise<Receiver> {
  const started = await startReceiver(options)
  cleanUps.push(() => started.close())
  return started
}

function forwarder(options: Partial<ForwarderOptions>): Forwarder {
  const created = createForwarder({
    tag: 'vpc.flow',
    ...(options.path === undefined && { host: '127.0.0.1' }),
    ...options,
  })
  cleanUps.unshift(() => created.close({ timeout: 0 }))
  return created
}

const emptyReport = {
  ledger: expect.anything(),
  rejections: [],
  deadLettered: 0,
  undelivered: [],
}

test('a line becomes an event with its own time, its values as they are, and its id', async () => {
  const { port, arrivals } = await receiver()
  const report = await forwarder({ port }).send(`${accepted}\n${noData}`)
  expect(report).toEqual({ ...emptyReport, delivered: 2 })
  const [{ tag, entries, options } = {}] = arrivals
  expect({ tag, entries, options }).toEqual({
    tag: 'vpc.flow',
    options: { size: 2, chunk: expect.stringMatching(/^[\w+/]{22}==$/) },
    entries: [
      [[1418530010, 0], { ...acceptedRecord, flow_id: acceptedId }],
      [
        [1431280876, 0],
        {
          version: 2,
          account_id: '123456789010',
          interface_id: 'eni-1235b8ca123456789',
          start: 1431280876,
          end: 1431280934,
          log_status: 'NODATA',
          flow_id: '8592659a7d475061b6e92a9cbc95743b',
        },
      ],
    ],
  })
})

test('integers beyond 2^53 keep every digit, and milliseconds their fraction', async () => {
  const { port, arrivals } = await receiver()
  const format = 'srcaddr bytes packets start'
  const lines = '10.0.0.1 9007199254740993 9223372036854775807 1763700000123'
  await forwarder({ port, format, idField: false }).send(lines)
  expect(arrivals[0]?.entries).toEqual([
    [
      [1763700000, 123_000_000],
      {
        srcaddr: '10.0.0.1',
        bytes: 9007199254740993n,
        packets: 9223372036854775807n,
        start: 1763700000123n,
      },
    ],
  ])
})

test('tags are made from fields, with what the origin knows, and dots only where the template has them', async () => {
  const { port, arrivals } = await receiver()
  const tag = 'vpc.${account-id}.${region}.${action}.${srcaddr}'
  const format = 'srcaddr start action'
  const sent = await forwarder({ port, tag, format }).send(
    '10.0.0.1 1763700000 ACCEPT\n10.0.0.1 1763700000 ACCEPT\n- 1763700000 -\n',
    { account: '210987654321', region: 'eu-west-1' },
  )
  expect(sent.delivered).toBe(3)
  expect(arrivals.map((arrival) => [arrival.tag, arrival.entries.length])).toEqual([
    ['vpc.210987654321.eu-west-1.ACCEPT.10_0_0_1', 2],
    ['vpc.210987654321.eu-west-1.-.-', 1],
  ])
})

test('a tag of fields that a format does not have', async () => {
  const { port, arrivals } = await receiver()
  await forwarder({ port, tag: 'a.${vpc-id}', format: 'srcaddr start' }).send('10.0.0.1 1763700000')
  expect(arrivals.map((arrival) => arrival.tag)).toEqual(['a.-'])
})

const nested: Mapping = createMapping({
  name: 'nested',
  template: {
    time: milliseconds('start'),
    metadata: { uid: id },
    src: { ip: text('srcaddr'), port: number('srcport') },
    unmapped: rest,
  },
})

test('a mapping that writes the id itself is left as it is; flattened, names are joined', async () => {
  const { port, arrivals } = await receiver()
  const format = 'srcaddr srcport start x'
  const options = { port, format, mapping: nested }
  await forwarder(options).send('10.0.0.1 443 1763700000 y')
  await forwarder({ ...options, flatten: true, idField: 'id' }).send('10.0.0.1 - 1763700000 y')
  const uid = expect.stringMatching(/^[0-9a-f]{32}$/)
  expect(arrivals.map(({ entries }) => entries[0]?.[1])).toEqual([
    {
      time: 1763700000000n,
      metadata: { uid },
      src: { ip: '10.0.0.1', port: 443 },
      unmapped: { x: 'y' },
    },
    { time: 1763700000000n, 'metadata.uid': uid, 'src.ip': '10.0.0.1', 'unmapped.x': 'y', id: uid },
  ])
})

test('a line without a time is rejected, unless its transport knew one', async () => {
  const { port, arrivals } = await receiver()
  const format = 'srcaddr dstaddr'
  const origins: Origin[] = [{ timestamp: 1763700000500 }, {}]
  const report = await forwarder({ port, format, idField: false }).send(
    '10.0.0.1 10.0.0.2\n10.0.0.3 10.0.0.4\n',
    (index) => origins[index] ?? {},
  )
  expect(report).toEqual({
    ...emptyReport,
    delivered: 1,
    rejections: [{ code: 'no_time', field: 'start', line: '10.0.0.3 10.0.0.4' }],
  })
  expect(arrivals[0]?.entries).toEqual([
    [[1763700000, 500_000_000], { srcaddr: '10.0.0.1', dstaddr: '10.0.0.2' }],
  ])
})

test('records take the same way as lines, whatever their fields', async () => {
  const { port, records } = await receiver()
  const parsed = createParser('v2').parse(accepted)
  const report = await forwarder({ port }).send(
    [
      parsed as typeof acceptedRecord,
      acceptedRecord,
      { vpc_id: 'vpc-1', start: 1763700000, bytes: 9007199254740993n, action: undefined },
      { start: 1763700000, protocol: 999 },
    ],
    { region: 'eu-west-1' },
  )
  expect(report).toMatchObject({
    delivered: 3,
    ledger: { lines: 4, emitted: 3, rejected: 1 },
    rejections: [{ code: 'bad_integer', field: 'protocol', origin: { line: 4 } }],
  })
  expect(records()).toEqual([
    { ...acceptedRecord, flow_id: acceptedId },
    { ...acceptedRecord, flow_id: acceptedId },
    {
      vpc_id: 'vpc-1',
      start: 1763700000,
      bytes: 9007199254740993n,
      flow_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ])
})

test.each(['PackedForward', 'CompressedPackedForward', 'Forward'] as const)(
  'mode %s, with and without acknowledgements',
  async (mode) => {
    const { port, arrivals } = await receiver()
    for (const ack of [true, false]) {
      const report = await forwarder({ port, mode, ack }).send(accepted)
      expect(report.delivered).toBe(1)
    }
    // Without acknowledgements, delivered means written.
    await until(() => arrivals.length === 2)
    const compressed = mode === 'CompressedPackedForward' && { compressed: 'gzip' }
    expect(arrivals.map(({ options }) => options)).toEqual([
      { size: 1, chunk: expect.any(String), ...compressed },
      { size: 1, ...compressed },
    ])
    for (const { entries } of arrivals) {
      expect(entries).toEqual([[[1418530010, 0], { ...acceptedRecord, flow_id: acceptedId }]])
    }
  },
)

test('a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluent-'))
  cleanUps.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'socket')
  const { records } = await receiver({ path })
  expect((await forwarder({ path }).send(accepted)).delivered).toBe(1)
  expect(records()).toEqual([{ ...acceptedRecord, flow_id: acceptedId }])
})

test('packets are cut by their bytes, before compression', async () => {
  const { port, arrivals } = await receiver()
  const lines = Array.from({ length: 1000 }, () => accepted).join('\n')
  const mode = 'CompressedPackedForward'
  const report = await forwarder({ port, mode, maxPacketBytes: 10_000 }).send(lines)
  expect(report.delivered).toBe(1000)
  expect(Math.max(...arrivals.map(({ size }) => size))).toBeLessThanOrEqual(10_000)
  expect(arrivals.reduce((total, { entries }) => total + entries.length, 0)).toBe(1000)
})

test('an event larger than a packet is handed back, and the others go', async () => {
  const { port, records } = await receiver()
  const format = 'start x'
  const long = `1763700000 ${'x'.repeat(2000)}`
  const report = await forwarder({ port, format, maxPacketBytes: 1000, concurrency: 1 }).send(
    `1763700000 a\n${long}\n1763700000 b\n`,
  )
  expect(report).toEqual({
    ...emptyReport,
    delivered: 2,
    undelivered: [
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        tag: 'vpc.flow',
        time: 1763700000000,
        event: `{"start":1763700000,"x":"${'x'.repeat(2000)}"}`,
        code: 'too_large',
        message: 'the event takes more than 1000 bytes',
        attempts: 0,
      },
    ],
  })
  expect(records().map(({ x }) => x)).toEqual(['a', 'b'])
})

test('deliver takes what transform made, and rejects with the report when something is left', async () => {
  const { port, records } = await receiver()
  const good = forwarder({ port, tag: 'vpc.${action}' })
  const batch = good.transform(accepted)
  expect(await good.deliver(batch)).toEqual({ ...emptyReport, delivered: 1 })
  expect(records()).toEqual([{ ...acceptedRecord, flow_id: acceptedId }])

  const bad = forwarder({ port: await freePort(), deadline: 1000 })
  const error = await bad.deliver(bad.transform(accepted)).catch((reason) => reason)
  expect(error.message).toMatch(/^1 of 1 events were not delivered: connect ECONNREFUSED/)
  expect((error.report as Report).undelivered).toMatchObject([{ id: acceptedId, attempts: 0 }])
})

test('deliver takes what another transform made, if it has an index and the tag needs no field', async () => {
  const { port, records } = await receiver()
  const foreign = createTransform({ mapping: recordMapping, index: true })
  expect((await forwarder({ port }).deliver(foreign(accepted))).delivered).toBe(1)
  expect(records()).toEqual([{ ...acceptedRecord, flow_id: acceptedId }])
  await expect(forwarder({ port, tag: '${action}' }).deliver(foreign(accepted))).rejects.toThrow(
    "make it with the forwarder's own transform",
  )
  const bare = createTransform({ mapping: recordMapping })
  await expect(forwarder({ port }).deliver(bare(accepted))).rejects.toThrow('needs its index')
  const timeless = createTransform({ mapping: recordMapping, format: 'srcaddr', index: true })
  await expect(forwarder({ port }).deliver(timeless('10.0.0.1'))).rejects.toMatchObject({
    report: { delivered: 0, undelivered: [{ code: 'no_time', event: '{"srcaddr":"10.0.0.1"}' }] },
  })
})

test('no lines, no connection', async () => {
  const report = await forwarder({ port: await freePort() }).send('\n# nothing\n')
  expect(report).toMatchObject({ delivered: 0, undelivered: [], ledger: { lines: 2, blank: 2 } })
})

test('the first bytes on the wire are a TLS hello', async () => {
  const bytes: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (chunk) => {
      bytes.push(chunk)
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  const { port } = server.address() as { port: number }
  const report = await forwarder({ port, tls: true, deadline: 1000 }).send(accepted)
  expect(report.undelivered).toMatchObject([{ code: 'unreachable' }])
  // A handshake record of TLS, and in it a client hello.
  expect([bytes[0]?.[0], bytes[0]?.[1], bytes[0]?.[5]]).toEqual([0x16, 0x03, 0x01])
})

test('laws: every line in one column, every event delivered once, whatever the lines', async () => {
  const { port, arrivals } = await receiver()
  const sender = forwarder({ port, tag: 'a.${action}', maxPacketBytes: 600 })
  const line = fc.oneof(
    fc.constantFrom(accepted, noData, '', 'bad', '# comment', `${accepted} more`),
    fc.stringMatching(
      /^2 1 e 10\.0\.0\.[1-9] 10\.0\.0\.1 1 2 6 1 [0-9]{1,19} 1763700000 1 [A-Z]{1,3} OK$/,
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
      const from = arrivals.length
      const report = await sender.send(lines.join('\n'))
      const kept = arrivals.slice(from).flatMap(({ entries }) => entries)
      expect(isBalanced(report.ledger)).toBe(true)
      expect(report.undelivered).toEqual([])
      expect(report.delivered).toBe(report.ledger.emitted)
      expect(kept).toHaveLength(report.delivered)
      const events = new TextDecoder().decode(sender.transform(lines.join('\n')).output)
      const expected = events.split('\n').filter((each) => each.includes('"version"'))
      const bytesOf = (each: string): string => /"bytes":(\d+)/.exec(each)?.[1] ?? ''
      expect(kept.map(([, record]) => String(record.bytes ?? '')).sort()).toEqual(
        expected.map(bytesOf).sort(),
      )
    }),
  )
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
