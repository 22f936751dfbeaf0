import { afterEach, expect, test } from 'vitest'
import { createForwarderInWorker, type Undelivered } from './index.ts'
import { startReceiver } from './receiver.test-support.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function receiver(options: Parameters<typeof startReceiver>[0] = {}) {
  const started = await startReceiver(options)
  cleanUps.push(() => started.close())
  return started
}

const options = { host: '127.0.0.1', tag: 'vpc.flow', format: 'srcaddr bytes start' }
const line = '10.0.0.1 9007199254740993 1763700000'
const record = {
  srcaddr: '10.0.0.1',
  bytes: 9007199254740993n,
  start: 1763700000,
  flow_id: expect.stringMatching(/^[0-9a-f]{32}$/),
}

test('lines, records and batches go through the worker', async () => {
  const { port, records } = await receiver()
  const forwarder = createForwarderInWorker({ ...options, port })
  const reports = [
    await forwarder.send(`${line}\nbad`, { region: 'eu-west-1' }),
    await forwarder.send(new TextEncoder().encode(line)),
    await forwarder.send([{ srcaddr: '10.0.0.1', bytes: 9007199254740993n, start: 1763700000 }]),
    await forwarder.deliver(forwarder.transform(line)),
  ]
  expect(reports.map(({ delivered }) => delivered)).toEqual([1, 1, 1, 1])
  expect(reports[0]?.rejections).toEqual([
    {
      code: 'too_few_values',
      field: 'bytes',
      line: 'bad',
      origin: { region: 'eu-west-1', line: 2 },
    },
  ])
  expect(records()).toEqual([record, record, record, record])
  expect(await forwarder.close()).toEqual([])
  await expect(forwarder.send(line)).rejects.toThrow('the forwarder is closed')
})

test('what is undelivered comes back, or goes to the dead letter on this side', async () => {
  const { port } = await receiver({ react: () => 'ignore' })
  const taken: Undelivered[] = []
  const errors: string[] = []
  const common = { ...options, port, deadline: 2000, ackTimeout: 100 }
  const onError = ({ message }: Error) => errors.push(message)
  const plain = createForwarderInWorker({ ...common, onError })
  const withDeadLetter = createForwarderInWorker({
    ...common,
    deadLetter: (events) => taken.push(...events),
  })
  await expect(plain.deliver(plain.transform(line))).rejects.toMatchObject({
    message: expect.stringMatching(/^1 of 1 events were not delivered: /),
    report: { delivered: 0, undelivered: [{ code: 'ack_timeout' }] },
  })
  expect(errors).toContain('the receiver did not acknowledge in time')
  expect(await withDeadLetter.send(line)).toMatchObject({ deadLettered: 1, undelivered: [] })
  expect(taken).toMatchObject([{ code: 'ack_timeout', event: expect.stringContaining('srcaddr') }])

  const sent = plain.send(line)
  expect(await plain.close({ timeout: 0 })).toMatchObject([{ code: 'shutdown' }])
  expect(await sent).toMatchObject({ undelivered: [{ code: 'shutdown' }] })
  await withDeadLetter.close()
})

test('wrong options throw here', () => {
  expect(() => createForwarderInWorker({ ...options, tag: '' })).toThrow('is no tag')
  const tls = { checkServerIdentity: () => undefined }
  expect(() => createForwarderInWorker({ ...options, tls })).toThrow(
    expect.objectContaining({ name: 'ConfigurationError' }),
  )
})

test('an origin that is a function cannot be sent to a worker', async () => {
  const forwarder = createForwarderInWorker(options)
  await expect(forwarder.send(line, () => ({}))).rejects.toThrow('a worker needs a plain origin')
  await forwarder.close()
})
