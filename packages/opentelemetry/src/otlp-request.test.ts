import { createTransform } from '@flowlogs/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOtlpMapping, createOtlpRequests, toOtlpLines, toOtlpRequests } from './index.ts'
import { type ExportRequest, recordsOf } from './receiver.test-support.ts'

const format = 'account-id region interface-id bytes'
const transform = createTransform({ format, mapping: createOtlpMapping({ body: 'remove' }) })

function requestsOf(lines: readonly string[], maxBytes?: number) {
  const { output } = transform(lines.join('\n'))
  const requests = toOtlpRequests(output, maxBytes === undefined ? {} : { maxBytes })
  return requests.map(({ body, records }) => {
    const text = new TextDecoder().decode(body)
    return { text, size: body.length, records, request: JSON.parse(text) as ExportRequest }
  })
}

test('records are grouped by account and region, in the order in which they come', () => {
  const [{ request, records }, ...others] = requestsOf([
    '1 eu-west-1 eni-1 7',
    '2 eu-west-1 eni-2 7',
    '1 eu-west-1 eni-3 7',
    '1 us-east-1 eni-4 7',
    '- - eni-5 7',
    '1 eu-west-1 "logRecords":[ 7',
  ]) as [ReturnType<typeof requestsOf>[0]]
  expect([records, others]).toEqual([6, []])
  expect(
    request.resourceLogs.map((each) => ({
      resource: recordsOf([{ resourceLogs: [each] }])[0]?.resource,
      interfaces: recordsOf([{ resourceLogs: [each] }]).map(
        ({ attributes }) => attributes['network.interface.name'],
      ),
    })),
  ).toEqual([
    {
      resource: { 'cloud.provider': 'aws', 'cloud.account.id': '1', 'cloud.region': 'eu-west-1' },
      interfaces: ['eni-1', 'eni-3', '"logRecords":['],
    },
    {
      resource: { 'cloud.provider': 'aws', 'cloud.account.id': '2', 'cloud.region': 'eu-west-1' },
      interfaces: ['eni-2'],
    },
    {
      resource: { 'cloud.provider': 'aws', 'cloud.account.id': '1', 'cloud.region': 'us-east-1' },
      interfaces: ['eni-4'],
    },
    { resource: { 'cloud.provider': 'aws' }, interfaces: ['eni-5'] },
  ])
})

test('a request is exactly this', () => {
  const uid = expect.stringMatching(/^[0-9a-f]{32}$/)
  const [{ request }] = requestsOf(['1 eu-west-1 eni-1 7']) as [ReturnType<typeof requestsOf>[0]]
  expect(request).toEqual({
    resourceLogs: [
      {
        resource: {
          attributes: [
            { key: 'cloud.provider', value: { stringValue: 'aws' } },
            { key: 'cloud.account.id', value: { stringValue: '1' } },
            { key: 'cloud.region', value: { stringValue: 'eu-west-1' } },
          ],
        },
        scopeLogs: [
          {
            scope: {
              name: '@flowlogs/opentelemetry',
              attributes: [{ key: 'encoding.format', value: { stringValue: 'aws.vpcflow' } }],
            },
            logRecords: [
              {
                observedTimeUnixNano: expect.stringMatching(/^[1-9][0-9]{18}$/),
                severityNumber: 9,
                severityText: 'INFO',
                eventName: 'aws.vpc.flow',
                attributes: [
                  { key: 'log.record.uid', value: { stringValue: uid } },
                  { key: 'network.interface.name', value: { stringValue: 'eni-1' } },
                  { key: 'aws.vpc.flow.bytes', value: { intValue: '7' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  })
})

test('nothing gives no request', () => {
  expect(toOtlpRequests(new Uint8Array(0))).toEqual([])
  expect(toOtlpLines(new Uint8Array(0))).toHaveLength(0)
})

test('requests as lines', () => {
  const { output } = transform('1 eu-west-1 eni-1 7\n2 eu-west-1 eni-2 8')
  const requests = toOtlpRequests(output, { maxBytes: 1 }).map(({ body }) => body)
  expect(requests).toHaveLength(2)
  expect(new TextDecoder().decode(toOtlpLines(output, { maxBytes: 1 }))).toBe(
    requests.map((body) => `${new TextDecoder().decode(body)}\n`).join(''),
  )
})

test('requests in one buffer are the same, one at a time', () => {
  const requestsOf = createOtlpRequests({ maxBytes: 2000 })
  for (const count of [30, 1, 60]) {
    const lines = Array.from({ length: count }, (_, index) => `${index % 3} r eni-${index} 1`)
    const { output } = transform(lines.join('\n'))
    const bodies: string[] = []
    const buffers = new Set<ArrayBufferLike>()
    for (const { body } of requestsOf(output)) {
      bodies.push(new TextDecoder().decode(body))
      buffers.add(body.buffer)
    }
    expect(bodies).toEqual(
      toOtlpRequests(output, { maxBytes: 2000 }).map(({ body }) => new TextDecoder().decode(body)),
    )
    expect(buffers.size).toBe(1)
  }
})

test('resources that begin alike and differ in length are told apart', () => {
  const accounts = [3, 149, 151, 3, 2000, 150].map((digits) => '7'.repeat(digits))
  const [{ request, records }] = requestsOf(accounts.map((account) => `${account} r eni-1 1`)) as [
    ReturnType<typeof requestsOf>[0],
  ]
  expect(records).toBe(6)
  expect(
    request.resourceLogs.map((each) =>
      recordsOf([{ resourceLogs: [each] }]).map(({ resource }) => resource['cloud.account.id']),
    ),
  ).toEqual([
    [accounts[0], accounts[0]],
    [accounts[1]],
    [accounts[2]],
    [accounts[4]],
    [accounts[5]],
  ])
})

test('whatever the limit, no record is lost, and only a single record exceeds it', () => {
  const line = fc
    .tuple(
      fc.constantFrom('1', '2', '8'.repeat(140), '8'.repeat(180)),
      fc.integer({ min: 1, max: 2 }),
      fc.nat(999),
    )
    .map(([account, region, bytes]) => `${account} region-${region} eni-${bytes} ${bytes}`)
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 40 }),
      fc.integer({ min: 1, max: 20_000 }),
      (lines, limit) => {
        const requests = requestsOf(lines, limit)
        const arrived = requests.flatMap(({ request }) => recordsOf([request]))
        expect(
          arrived
            .map(({ resource, attributes }) =>
              [
                resource['cloud.account.id'],
                resource['cloud.region'],
                attributes['network.interface.name'],
                attributes['aws.vpc.flow.bytes'],
              ].join(' '),
            )
            .sort(),
        ).toEqual(lines.toSorted())
        for (const { size, records, request } of requests) {
          expect(records).toBe(recordsOf([request]).length)
          expect(size <= limit || records === 1).toBe(true)
          const names = request.resourceLogs.map(({ resource }) => JSON.stringify(resource))
          expect(new Set(names).size).toBe(names.length)
        }
      },
    ),
  )
})
