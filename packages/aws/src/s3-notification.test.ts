import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bridgedEvent,
  s3Event,
  s3Record,
  snsEnvelope,
  snsEvent,
  sqsEvent,
  testMessage,
} from './s3-events.test-support.ts'
import { parseS3Event } from './s3-notification.ts'

const object = { bucket: 'mybucket', key: 'AWSLogs/year=2026/a b+c.log.gz', size: 1024 }
const message = { objects: [object], ignored: 0, problems: [] }
const notification = JSON.stringify(s3Event([object]))
const bridged = JSON.stringify(bridgedEvent(object))

describe('ways to learn of an object', () => {
  test.each([
    ['S3', s3Event([object])],
    ['SNS', snsEvent([notification])],
    ['EventBridge', bridgedEvent(object)],
    ['EventBridge, SNS', snsEvent([bridged])],
  ])('%s', (_, event) => {
    expect(parseS3Event(event)).toStrictEqual([message])
  })

  test.each([
    ['SQS', notification],
    ['SNS, SQS', snsEnvelope(notification)],
    ['EventBridge, SQS', bridged],
    ['EventBridge, SNS, SQS', snsEnvelope(bridged)],
  ])('%s', (_, body) => {
    expect(parseS3Event(sqsEvent([body, body]))).toStrictEqual([
      { messageId: 'm-0', ...message },
      { messageId: 'm-1', ...message },
    ])
  })

  test('S3 encodes keys, EventBridge does not', () => {
    const key = 'a b+c=%20é/%.gz'
    const [record] = parseS3Event(s3Event([{ bucket: 'b', key, size: 1 }]))
    const [event] = parseS3Event(bridgedEvent({ bucket: 'b', key, size: 1 }))
    expect(s3Record({ bucket: 'b', key }).s3.object.key).toBe('a+b%2Bc%3D%2520%C3%A9/%25.gz')
    expect([record?.objects, event?.objects]).toStrictEqual([
      [{ bucket: 'b', key, size: 1 }],
      [{ bucket: 'b', key, size: 1 }],
    ])
  })

  test('a key that is not encoded is taken as it is', () => {
    const record = s3Record(object)
    const raw = { ...record.s3, object: { ...record.s3.object, key: '100%+1' } }
    const [read] = parseS3Event({ Records: [{ ...record, s3: raw }] })
    expect(read?.objects).toStrictEqual([{ bucket: 'mybucket', key: '100%+1', size: 1024 }])
  })

  test('versions are kept; without versioning, there is none', () => {
    const version = { ...object, versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko' }
    const record = s3Record(object)
    const none = { ...record.s3, object: { ...record.s3.object, versionId: null } }
    const events = [
      s3Event([version]),
      bridgedEvent(version),
      { Records: [{ ...record, s3: none }] },
    ]
    expect(events.flatMap(parseS3Event).flatMap(({ objects }) => objects)).toStrictEqual([
      version,
      version,
      object,
    ])
  })

  test('any key survives both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const objects = [{ bucket: 'b', key, size: 1 }]
        const read = [s3Event(objects), bridgedEvent({ bucket: 'b', key, size: 1 })]
        expect(read.flatMap(parseS3Event).map((each) => each.objects)).toStrictEqual([
          objects,
          objects,
        ])
      }),
    )
  })
})

describe('what is no new object is counted', () => {
  const record = s3Record(object)
  test.each([
    ['a test message', sqsEvent([testMessage])],
    ['a test message through SNS', sqsEvent([snsEnvelope(testMessage)])],
    [
      'an expired object',
      sqsEvent([
        JSON.stringify({
          Records: [{ ...record, eventName: 'LifecycleExpiration:Delete', eventVersion: '2.3' }],
        }),
      ]),
    ],
    ['a deleted object', sqsEvent([bridged.replace('Object Created', 'Object Deleted')])],
  ])('%s', (_, event) => {
    expect(parseS3Event(event)).toStrictEqual([
      { messageId: 'm-0', objects: [], ignored: 1, problems: [] },
    ])
  })

  test('beside one', () => {
    const removed = { ...record, eventName: 'ObjectRemoved:Delete' }
    expect(parseS3Event({ Records: [removed, record] })).toStrictEqual([{ ...message, ignored: 1 }])
  })
})

describe('what is no notification is a problem of its message only', () => {
  const problem = (text: string) => `no notification of S3: ${text}`
  test.each([
    ['not JSON', 'not JSON'],
    ['7', '7'],
    ['{"message":"x"}', '{"message":"x"}'],
    [snsEnvelope('hello'), 'hello'],
    ['{"Records":[{"kinesis":{}}]}', '{"kinesis":{}}'],
    ['{"Records":[{"eventName":"ObjectCreated:Put","s3":{}}]}', undefined],
    ['{"source":"aws.s3","detail-type":"AWS API Call via CloudTrail"}', undefined],
    ['{"source":"aws.s3","detail-type":"Object Created","detail":{"object":{}}}', undefined],
    ['x'.repeat(1000), 'x'.repeat(200)],
  ])('%.70s', (body, shown) => {
    const [bad, good] = parseS3Event(sqsEvent([body, notification]))
    expect(bad).toStrictEqual({
      messageId: 'm-0',
      objects: [],
      ignored: 0,
      problems: [shown === undefined ? expect.stringMatching(/^no notification/) : problem(shown)],
    })
    expect(good).toStrictEqual({ messageId: 'm-1', ...message })
  })

  test('the confirmation of a subscription is for a person to see', () => {
    const body = JSON.stringify({ Type: 'SubscriptionConfirmation', Message: 'You have chosen' })
    expect(parseS3Event(sqsEvent([body]))).toStrictEqual([
      { messageId: 'm-0', objects: [], ignored: 0, problems: [problem(body)] },
    ])
  })

  test.each([[undefined], [null], [{}], ['text'], [[s3Record(object)]]])(
    'the event %j',
    (event) => {
      expect(parseS3Event(event)).toStrictEqual([
        { objects: [], ignored: 0, problems: [expect.stringMatching(/^no notification of S3: /)] },
      ])
    },
  )

  test('the good records of an event are kept', () => {
    expect(parseS3Event({ Records: [{ Sns: {} }, s3Record(object), null] })).toStrictEqual([
      { objects: [object], ignored: 0, problems: [problem('undefined'), problem('null')] },
    ])
  })
})

test('no event makes it throw, however deep', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  expect(parseS3Event(sqsEvent([deep]))).toHaveLength(1)
  const keys = ['Records', 's3', 'Sns', 'Message', 'body', 'object', 'detail', 'source']
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 'aws.s3', 'Object Created', 'ObjectCreated:Put', '{"Records":[]}', 1),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, (event) => {
      for (const { objects } of parseS3Event(event)) {
        expect(objects.every(({ key }) => typeof key === 'string')).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
