/** Bursts of events against receivers that misbehave: every event is delivered or handed back. */
import { inspect } from 'node:util'
import { certificates } from '@flowlogs/conformance'
import { isBalanced } from '@flowlogs/core'
import { FluentServer } from '@fluent-org/logger'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import {
  createForwarder,
  type Forwarder,
  type ForwarderOptions,
  type Report,
  type Undelivered,
} from './index.ts'
import { type Reaction, type Receiver, startReceiver } from './receiver.test-support.ts'

const { authority, client, localhost } = certificates

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
  const created = createForwarder({ tag: 'vpc.flow', host: '127.0.0.1', ...options })
  cleanUps.unshift(() => created.close({ timeout: 0 }))
  return created
}

const burst = 30_000

/** Lines that differ in their bytes. */
function lines(count: number): string {
  const text: string[] = []
  for (let index = 0; index < count; index++) {
    text.push(
      `2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 ${index} 1418530010 1418530070 ACCEPT OK\n`,
    )
  }
  return text.join('')
}

/** How often events arrived, by their id. */
function countById(records: readonly Record<string, unknown>[]): Map<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const record of records) counts.set(record.flow_id, (counts.get(record.flow_id) ?? 0) + 1)
  return counts
}

/** Checks that everything was delivered, and returns how many events came more than once. */
function expectAll(report: Report, { records }: Receiver): number {
  const kept = records()
  const counts = countById(kept)
  expect(isBalanced(report.ledger)).toBe(true)
  expect(report).toMatchObject({ delivered: burst, deadLettered: 0, undelivered: [] })
  expect(counts.size).toBe(burst)
  expect(new Set(kept.map(({ bytes }) => bytes)).size).toBe(burst)
  return kept.length - burst
}

test('a receiver that acknowledges at once', async () => {
  const kind = await receiver()
  const report = await forwarder({ port: kind.port }).send(lines(burst))
  expect(expectAll(report, kind)).toBe(0)
  expect(kind.connections()).toBe(1)
})

test('acknowledgements that come late, when the client alone would have hung up', async () => {
  const late = await receiver({ react: (_, index) => (index === 0 ? { ackAfter: 3500 } : 'ack') })
  const report = await forwarder({ port: late.port }).send(lines(burst))
  expect(expectAll(report, late)).toBe(0)
  expect(late.connections()).toBe(1)
})

test('acknowledgements that come too late: duplicates with the same ids', async () => {
  const late = await receiver({ react: (_, index) => (index < 2 ? { ackAfter: 600 } : 'ack') })
  const errors: string[] = []
  const report = await forwarder({
    port: late.port,
    ackTimeout: 300,
    onError: ({ message }) => errors.push(message),
  }).send(lines(burst))
  expect(expectAll(report, late)).toBeGreaterThan(0)
  expect(new Set(errors)).toEqual(new Set(['the receiver did not acknowledge in time']))
})

test('acknowledgements that never come: everything is handed back', async () => {
  const silent = await receiver({ react: () => 'ignore' })
  const report = await forwarder({ port: silent.port, ackTimeout: 200, deadline: 4000 }).send(
    lines(burst),
  )
  expect(report).toMatchObject({ delivered: 0, ledger: { emitted: burst } })
  expect(report.undelivered).toHaveLength(burst)
  expect(new Set(report.undelivered.map(({ id }) => id)).size).toBe(burst)
  expect(report.undelivered.find(({ attempts }) => attempts > 1)).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    tag: 'vpc.flow',
    time: 1418530010000,
    event: expect.stringMatching(/^\{"version":2,.*"log_status":"OK"\}$/),
    code: 'ack_timeout',
    message: 'the receiver did not acknowledge in time; not delivered within 4000 ms',
    attempts: expect.any(Number),
  })
  // Those that never had their turn cannot have arrived.
  const arrived = countById(silent.records())
  const untried = report.undelivered.filter(({ attempts }) => attempts === 0)
  expect(untried.length).toBeGreaterThan(0)
  expect(untried.filter(({ id }) => arrived.has(id))).toEqual([])
})

test('acknowledgements that come twice', async () => {
  const eager = await receiver({ react: () => 'ack twice' })
  const report = await forwarder({ port: eager.port }).send(lines(burst))
  expect(expectAll(report, eager)).toBe(0)
})

test('a receiver that dies in the middle of a packet', async () => {
  const dying = await receiver({ closeAfter: { bytes: 500_000, connections: 2 } })
  const report = await forwarder({ port: dying.port }).send(lines(burst))
  expect(expectAll(report, dying)).toBe(0)
  expect(dying.connections()).toBe(3)
})

test('a receiver that keeps packets and dies before it acknowledges: duplicates with the same ids', async () => {
  const dying = await receiver({
    react: (_, index) => (index % 5 === 1 && index < 20 ? 'keep and close' : 'ack'),
  })
  const report = await forwarder({ port: dying.port }).send(lines(burst))
  expect(expectAll(report, dying)).toBeGreaterThan(0)
})

test('a connection whose other end is gone', async () => {
  const gone = await receiver({ deafConnections: 1 })
  const report = await forwarder({ port: gone.port, ackTimeout: 1000 }).send(lines(burst))
  expectAll(report, gone)
  expect(gone.connections()).toBeGreaterThan(1)
})

test('a receiver that closes on packets beyond its own limit gets smaller ones', async () => {
  const strict = await receiver({ closeAbove: 150_000 })
  const report = await forwarder({ port: strict.port }).send(lines(burst))
  // What was kept just before may come again.
  expectAll(report, strict)
  expect(strict.arrivals.every(({ size }) => size <= 150_000)).toBe(true)
})

test('a receiver that comes up later', async () => {
  const early = await receiver()
  await early.close()
  cleanUps.pop()
  const sent = forwarder({ port: early.port }).send(lines(burst))
  await new Promise((resolve) => setTimeout(resolve, 400))
  const late = await receiver({ port: early.port })
  expect(expectAll(await sent, late)).toBe(0)
})

test('attempts to connect are no farther apart than the ceiling', async () => {
  const { port } = await receiver()
  await cleanUps.pop()?.()
  const errors: Error[] = []
  const onError = (error: Error) => errors.push(error)
  const options = { port, deadline: 2000, onError }
  const report = await forwarder({ ...options, maxReconnectDelay: 20 }).send(lines(1))
  expect(report.undelivered).toMatchObject([{ code: 'unreachable', attempts: 0 }])
  // Doubling from 250 ms would make four.
  expect(errors.length).toBeGreaterThan(10)
  errors.length = 0
  await forwarder(options).send(lines(1))
  expect(errors.length).toBeLessThan(10)
})

test('any misbehaviour: delivered and handed back add up, and nothing else arrived', async () => {
  const reaction = fc.constantFrom<Reaction>(
    'ack',
    'ack twice',
    'ignore',
    'keep and close',
    'close',
    { ackAfter: 10 },
    { ackAfter: 80 },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(reaction, { maxLength: 12 }), async (reactions) => {
      const odd = await startReceiver({ react: (_, index) => reactions[index] ?? 'ack' })
      const sender = createForwarder({
        tag: 'a',
        host: '127.0.0.1',
        port: odd.port,
        maxPacketBytes: 5000,
        ackTimeout: 40,
        deadline: 700,
        maxReconnectDelay: 20,
      })
      const reports = await Promise.all([sender.send(lines(60)), sender.send(lines(90))])
      await sender.close()
      await odd.close()
      const arrived = countById(odd.records())
      for (const [index, report] of reports.entries()) {
        const size = index === 0 ? 60 : 90
        expect(report.ledger).toMatchObject({ lines: size, emitted: size })
        expect(report.delivered + report.undelivered.length).toBe(size)
      }
      const lost = new Set(reports[1]?.undelivered.map(({ id }) => id))
      const delivered = sender.transform(lines(90)).events?.ids.filter((id) => !lost.has(id)) ?? []
      expect(delivered.filter((id) => !arrived.has(id))).toEqual([])
      expect(arrived.size).toBeLessThanOrEqual(90)
    }),
    { numRuns: 25 },
  )
})

test('further calls wait until there is room', async () => {
  let waiting = 0
  let most = 0
  const slow = await receiver({
    react: () => {
      most = Math.max(most, ++waiting)
      setTimeout(() => waiting--, 45)
      return { ackAfter: 50 }
    },
  })
  const sender = forwarder({ port: slow.port, maxQueueBytes: 20_000, concurrency: 100 })
  const reports = await Promise.all(Array.from({ length: 6 }, () => sender.send(lines(100))))
  expect(reports.map(({ delivered }) => delivered)).toEqual([100, 100, 100, 100, 100, 100])
  // Two inputs of 12 kB do not fit.
  expect(most).toBe(1)
})

test('what waits for room beyond the deadline is handed back', async () => {
  const silent = await receiver({ react: () => 'ignore' })
  const sender = forwarder({ port: silent.port, maxQueueBytes: 1, deadline: 200 })
  const reports = await Promise.all([sender.send(lines(1)), sender.send(lines(2))])
  expect(reports.map(({ undelivered }) => undelivered.map(({ code }) => code))).toEqual([
    ['deadline'],
    ['deadline', 'deadline'],
  ])
})

test('connections are replaced, and nothing is lost with them', async () => {
  const kind = await receiver()
  const sender = forwarder({ port: kind.port, rebalanceInterval: 20, maxPacketBytes: 100_000 })
  const reports = await Promise.all([sender.send(lines(burst)), sender.send(lines(burst))])
  expect(reports.map(({ delivered }) => delivered)).toEqual([burst, burst])
  expect(kind.connections()).toBeGreaterThan(2)
  expect(kind.records()).toHaveLength(2 * burst)
  while (kind.open() > 1) await new Promise((resolve) => setTimeout(resolve, 5))
})

test('the dead letter takes what is left, or it stays in the report', async () => {
  const silent = await receiver({ react: () => 'close' })
  const taken: Undelivered[] = []
  const options = { port: silent.port, deadline: 1000, maxReconnectDelay: 20 }
  const deadLetter = async (events: readonly Undelivered[]) => taken.push(...events)
  const sender = forwarder({ ...options, deadLetter })
  expect(await sender.send(lines(3))).toMatchObject({ deadLettered: 3, undelivered: [] })
  expect(await sender.deliver(sender.transform(lines(1)))).toMatchObject({ deadLettered: 1 })
  expect(taken.map(({ code }) => code)).toEqual(Array(4).fill('connection_closed'))

  const errors: unknown[] = []
  const broken = forwarder({
    ...options,
    deadLetter: () => Promise.reject(new Error('the disk is full')),
    onError: (error) => errors.push(error),
  })
  const report = await broken.send(lines(2))
  expect(report).toMatchObject({ deadLettered: 0, undelivered: [{}, {}] })
  expect(errors).toContainEqual(new Error('the disk is full'))
})

test('close waits for what is under way', async () => {
  const slow = await receiver({ react: () => ({ ackAfter: 200 }) })
  const sender = forwarder({ port: slow.port })
  const sent = sender.send(lines(5))
  expect(await sender.close()).toEqual([])
  expect((await sent).delivered).toBe(5)
  await expect(sender.send(lines(1))).rejects.toThrow('the forwarder is closed')
})

test('close hands back what takes too long', async () => {
  const silent = await receiver({ react: () => 'ignore' })
  const sender = forwarder({ port: silent.port })
  const sent = sender.send(lines(2))
  while (silent.arrivals.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const left = await sender.close({ timeout: 0 })
  expect(left.map(({ code, attempts }) => [code, attempts])).toEqual([
    ['shutdown', 1],
    ['shutdown', 1],
  ])
  expect((await sent).undelivered).toEqual(left)
})

const tlsServer = { ...localhost, ca: authority }

test('TLS, and TLS with client certificates', async () => {
  const secure = await receiver({ tls: tlsServer })
  const tls = { ca: authority }
  expect(expectAll(await forwarder({ port: secure.port, tls }).send(lines(burst)), secure)).toBe(0)
  const mutual = await receiver({ tls: { ...tlsServer, requestCert: true } })
  const sender = forwarder({ port: mutual.port, tls: { ...tls, ...client } })
  expect(expectAll(await sender.send(lines(burst)), mutual)).toBe(0)
})

test.each([
  ['a certificate of an unknown authority', { tls: true }, /unable to verify|self.signed/],
  [
    'a name that is not in the certificate',
    { tls: { ca: authority, servername: 'other' } },
    /altnames/,
  ],
  [
    'no client certificate',
    { tls: { ca: authority } },
    /closed|certificate required|ECONNRESET|EPIPE/,
  ],
] as const)('wrong TLS: %s', async (_, options, message) => {
  const mutual = await receiver({ tls: { ...tlsServer, requestCert: true } })
  const { undelivered } = await forwarder({ port: mutual.port, deadline: 1500, ...options }).send(
    lines(1),
  )
  expect(undelivered).toMatchObject([{ message: expect.stringMatching(message) }])
  expect(mutual.arrivals).toEqual([])
})

test('wrong TLS: the receiver speaks none', async () => {
  const plain = await receiver()
  const { undelivered } = await forwarder({ port: plain.port, tls: true, deadline: 1000 }).send(
    lines(1),
  )
  expect(undelivered).toMatchObject([{ code: 'unreachable' }])
})

const security = { sharedKey: 'a shared secret', username: 'flow', password: 'a password' }

async function fluentd(port: number, sharedKey: string): Promise<FluentServer> {
  const server = new FluentServer({
    listenOptions: { port, host: '127.0.0.1' },
    security: {
      serverHostname: 'server.test',
      sharedKey,
      authorize: true,
      userDict: { flow: 'a password' },
    },
  })
  await server.listen()
  cleanUps.push(() => server.close().catch(() => {}))
  return server
}

test('a shared key, a user and a password; a wrong key is told at once, and a right one works again', async () => {
  const { port } = await receiver()
  await cleanUps.pop()?.()
  const strange = await fluentd(port, 'another secret')
  const errors: Error[] = []
  const onError = (error: Error) => errors.push(error)
  const sender = forwarder({ port, receiver: 'fluentd', security, onError })
  const refused = await sender.send(lines(burst))
  expect(refused.undelivered).toHaveLength(burst)
  expect(new Set(refused.undelivered.map(({ code }) => code))).toEqual(new Set(['authentication']))
  expect(inspect([refused.undelivered[0], errors, sender], { depth: 9 })).not.toMatch(
    /a shared secret|a password/,
  )

  await strange.close()
  await fluentd(port, security.sharedKey)
  const accepted = await sender.send(lines(100))
  expect(accepted).toMatchObject({ delivered: 100, undelivered: [] })
})

test('a receiver that wants a key which was not configured', async () => {
  const { port } = await receiver()
  await cleanUps.pop()?.()
  await fluentd(port, 'a secret')
  const { undelivered } = await forwarder({ port }).send(lines(1))
  expect(undelivered).toMatchObject([
    { code: 'authentication', message: expect.stringContaining('expected authentication') },
  ])
})
