import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { nothing, quick, refusing, startSplunk } from './splunk-stage.test-support.ts'

describe('acknowledgement', () => {
  const acknowledging = { acknowledgement: { polls: 2 } }

  test('is waited for, on one channel', async () => {
    const { sink, receiver, stored } = await startSplunk({ acknowledgement: quick }, acknowledging)
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 5 })
    expect(stored()).toStrictEqual([documentsOf(batch)])
    const [event, ...polls] = receiver.requests
    const channel = event?.headers['x-splunk-request-channel']
    expect(channel).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(polls).toMatchObject(
      Array(3).fill({
        method: 'POST',
        path: '/services/collector/ack',
        headers: { authorization: 'Splunk secret', 'x-splunk-request-channel': channel },
        text: '{"acks":[0]}',
      }),
    )
  })

  test('of many requests is asked for at once', async () => {
    const { sink, receiver, stored } = await startSplunk(
      { acknowledgement: { pollInterval: 50 }, maxRequestBytes: 1_000 },
      { acknowledgement: { polls: 0 } },
    )
    await sink.deliver(createBatch(20))
    expect(stored().flat()).toHaveLength(20)
    const polls = receiver.requests.filter(({ path }) => path.endsWith('/ack'))
    expect(polls.length).toBeLessThanOrEqual(2)
  })

  test('that does not come makes the events come again', async () => {
    const { sink, receiver, stored, answer } = await startSplunk(
      { acknowledgement: quick },
      acknowledging,
    )
    // The first request is forgotten.
    receiver.next((request) => {
      answer(request)
      return { body: { text: 'Success', code: 0, ackId: 77 } }
    })
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 5, retried: 5 })
    expect(stored()).toStrictEqual([documentsOf(batch)])
  })

  test('is lost in a restart, even when the same numbers are given again', async () => {
    const { sink, receiver, stored, restart } = await startSplunk(
      { acknowledgement: { pollInterval: 30, expiry: 60_000 } },
      { acknowledgement: { polls: 3 } },
    )
    const [first, second] = [createBatch(3), createBatch(6)]
    const early = sink.deliver(first)
    await until(() => receiver.requests.length >= 1)
    restart()
    const late = sink.deliver(second)
    expect(await Promise.all([early, late])).toStrictEqual([
      { ...nothing, accepted: 3, retried: 3 },
      { ...nothing, accepted: 6 },
    ])
    expect(stored().flat().sort()).toStrictEqual(
      [...documentsOf(first), ...documentsOf(second)].sort(),
    )
  })

  test('is not given for what was taken of a request that was cut short', async () => {
    const batch = createBatch(5)
    const refuse = refusing(batch, { 3: 13 })!
    const { sink, stored, restart, receiver } = await startSplunk(
      { acknowledgement: quick },
      { ...acknowledging, refuse },
    )
    const report = sink.deliver(batch)
    await until(() => receiver.requests.length >= 2)
    restart()
    expect(await report).toMatchObject({ accepted: 4, deadLettered: 1 })
    const documents = documentsOf(batch)
    expect(stored().flat().sort()).toStrictEqual(documents.filter((_, index) => index !== 3).sort())
  })

  test('may be off for the token', async () => {
    const { sink } = await startSplunk({ acknowledgement: quick }, {})
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('leave `acknowledgement` out'),
    })
  })

  test.each([
    [
      { status: 400, body: { text: 'ACK is disabled', code: 14 } },
      'refused',
      'leave `acknowledgement` out',
    ],
    [
      { status: 403, body: { text: 'Token disabled', code: 1 } },
      'unauthorized',
      'enable the token',
    ],
    [{ status: 404, body: '404 page not found' }, 'refused', 'is the URL'],
  ] as const)('may be refused: %j', async (answer, code, advice) => {
    const { sink, receiver } = await startSplunk({ acknowledgement: quick }, acknowledging)
    receiver.always((request) =>
      request.path.endsWith('/ack') ? answer : { body: { text: 'Success', code: 0, ackId: 0 } },
    )
    const error = await sink.deliver(createBatch(1)).catch((reason) => reason)
    expect(error).toMatchObject({ code, message: expect.stringContaining(advice) })
  })

  test('is not waited for beyond the deadline', async () => {
    const { sink, receiver } = await startSplunk({
      acknowledgement: { pollInterval: 10_000 },
      retry: { deadline: 100 },
    })
    receiver.always({ body: { text: 'Success', code: 0, ackId: 0 } })
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({ code: 'deadline' })
    const closing = performance.now()
    await sink.close()
    expect(performance.now() - closing).toBeLessThan(5_000)
  })

  test('goes to the server that the cookies of a load balancer name', async () => {
    const { sink, receiver, answer } = await startSplunk({ acknowledgement: quick }, acknowledging)
    receiver.next((request) => ({
      ...answer(request),
      headers: {
        'set-cookie':
          'AWSALB=a=b/c; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, AWSALBCORS=d; Secure',
      },
    }))
    await sink.deliver(createBatch(1))
    expect(receiver.requests.map(({ headers }) => headers.cookie)).toStrictEqual([
      undefined,
      ...Array(receiver.requests.length - 1).fill('AWSALB=a=b/c; AWSALBCORS=d'),
    ])
  })
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}
