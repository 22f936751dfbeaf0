/** What the OpenTelemetry Collector makes itself of what Firehose delivers. */
import { gzipSync } from 'node:zlib'
import { describePeer, findCollector, loadCases } from '@flowlogs/conformance'
import { createTransform, presets } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { startWriter, type Writer } from './collector.test-support.ts'
import { createOtlpMapping, toOtlpRequests } from './index.ts'
import { type ReceivedRecord, recordsOf } from './receiver.test-support.ts'

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1763700000 1763700060 ACCEPT OK'
const direct = JSON.stringify({ message: line })
const fromCloudWatch = gzipSync(
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789010',
    logGroup: '/aws/vpc',
    logStream: 'eni-1235b8ca123456789-all',
    logEvents: [{ id: '1', timestamp: 1_763_700_060_000, message: line }],
  }),
)

/** A Firehose request with one record; resolves to the status of the answer. */
async function post({ url }: Writer, data: string | Uint8Array): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-amz-firehose-request-id': 'r' },
    body: JSON.stringify({
      requestId: 'r',
      timestamp: 1_763_700_061_000,
      records: [{ data: Buffer.from(data).toString('base64') }],
    }),
  })
  await response.arrayBuffer()
  return response.status
}

/** The record that we make of a line, with the Collector's choice of time. */
function ourRecord(input: string | Uint8Array): ReceivedRecord | undefined {
  const { output } = createTransform({
    mapping: createOtlpMapping({ time: 'end', body: 'remove' }),
  })(input)
  return recordsOf(
    toOtlpRequests(output).map(({ body }) => JSON.parse(Buffer.from(body).toString())),
  )[0]
}

describePeer('the Firehose receiver of the OpenTelemetry Collector', findCollector(), (program) => {
  test('keeps lines of CloudWatch as text, and refuses those that come directly', async () => {
    const writer = await startWriter(program, {
      name: 'awsfirehose',
      settings: '{ endpoint: {endpoint} }',
    })
    expect(await post(writer, direct)).toBe(400)
    expect(await post(writer, fromCloudWatch)).toBe(200)
    expect(await writer.records(1)).toEqual([
      {
        timeUnixNano: '1763700060000000000',
        body: line,
        attributes: {},
        resource: {
          'cloud.provider': 'aws',
          'cloud.account.id': '123456789010',
          'aws.log.group.names': ['/aws/vpc'],
          'aws.log.stream.names': ['eni-1235b8ca123456789-all'],
          'aws.cloudwatch.log_group_name': '/aws/vpc',
          'aws.cloudwatch.log_stream_name': 'eni-1235b8ca123456789-all',
        },
      },
    ])
  })
})

const encoding = findCollector('collector-awslogs')

describePeer('the AWS logs encoding of the OpenTelemetry Collector', encoding, (program) => {
  const start = (): Promise<Writer> =>
    startWriter(
      program,
      { name: 'awsfirehose', settings: '{ endpoint: {endpoint}, encoding: awslogs_encoding }' },
      {
        name: 'awslogs_encoding',
        settings: '{ format: vpcflow, vpcflow: { file_format: plain-text } }',
      },
    )

  test('makes the same attributes of a CloudWatch payload, and nothing of a direct one', async () => {
    const writer = await start()
    // Acknowledged first, so that its loss shows in what is written afterwards.
    expect(await post(writer, direct)).toBe(200)
    expect(await post(writer, fromCloudWatch)).toBe(200)
    const { attributes, resource, ...rest } = ourRecord(line) as ReceivedRecord
    const {
      'log.record.uid': _uid,
      'aws.vpc.flow.end': _end,
      'network.transport': _transport,
      ...common
    } = attributes
    expect(await writer.records(1)).toEqual([
      {
        timeUnixNano: '1763700060000000000',
        body: undefined,
        attributes: common,
        resource: {
          ...resource,
          'aws.log.group.names': '/aws/vpc',
          'aws.log.stream.names': 'eni-1235b8ca123456789-all',
        },
      },
    ])
    expect(rest).toMatchObject({ timeUnixNano: '1763700060000000000' })
  })

  test('takes the first line for a header, and the others for records of nothing', async () => {
    const writer = await start()
    expect(await post(writer, `${line}\n${line}`)).toBe(200)
    expect(await writer.records(1)).toEqual([
      { body: undefined, attributes: {}, resource: { 'cloud.provider': 'aws' } },
    ])
  })

  test('makes the same of the corpus, but for what the README lists', async () => {
    const writer = await start()
    // Which later fields it knows depends on its version.
    const known = new Set(presets.v5.split(' '))
    const cases = loadCases().filter(({ header }) =>
      header.split(/\s+/).every((name) => name === '' || known.has(name)),
    )
    expect(cases.length).toBeGreaterThan(70)
    const differences: Record<string, unknown> = {}
    const both: { name: string; ours: ReceivedRecord | undefined }[] = []
    for (const { name, input } of cases) {
      const ours = ourRecord(input)
      const status = await post(writer, Buffer.from(input).toString().trimEnd())
      if (status === 200) both.push({ name, ours })
      else if (ours) differences[name] = 'refused'
    }
    const theirs = await writer.records(both.length)
    expect(theirs).toHaveLength(both.length)
    for (const [index, { name, ours }] of both.entries()) {
      const difference = ours ? differenceOf(ours, theirs[index] as ReceivedRecord) : 'taken'
      if (difference) differences[name] = difference
    }
    expect(differences).toEqual(expected)
  })
})

/** What differs beyond what we always add, as [ours, theirs]. */
function differenceOf(ours: ReceivedRecord, theirs: ReceivedRecord): object | undefined {
  const added = /^(?:log\.record\.uid|aws\.vpc\.flow\.end|network\.transport)$/
  const [left, right] = [valuesOf(ours), valuesOf(theirs)]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  const different = [...names].filter(
    (name) => !added.test(name) && JSON.stringify(left[name]) !== JSON.stringify(right[name]),
  )
  if (different.length === 0) return undefined
  return Object.fromEntries(different.map((name) => [name, [left[name], right[name]]]))
}

function valuesOf(record: ReceivedRecord & { timeUnixNano?: string }): Record<string, unknown> {
  const { attributes, resource, timeUnixNano } = record
  return { ...attributes, ...resource, timeUnixNano }
}

const unknownAccount = {
  'cloud.account.id': [undefined, 'unknown'],
  'aws.vpc.flow.unmapped': [{ account_id: 'unknown' }, undefined],
}
const bothTranslated = (srcaddr: string): object => ({
  'aws.vpc.flow.unmapped': [{ srcaddr }, undefined],
})
const overflow = { timeUnixNano: ['1763700059456000000', '11259372453592596480'] }

/** By the name of the case: only one of us takes the line, or what differs as [ours, theirs]. */
const expected: Readonly<Record<string, unknown>> = {
  'bad-address-ipv6': 'taken',
  'bad-address-leading-zero': 'taken',
  'bad-address-octet-256': 'taken',
  'bad-address-zone-id': 'taken',
  'bad-integer-leading-zero': 'taken',
  'bad-integer-minus-sign': 'taken',
  'bad-integer-plus-sign': 'taken',
  'bad-integer-port-65536': 'taken',
  'bad-integer-tcp-flags-256': 'taken',
  'flow-direction-inbound': 'refused',
  'implausible-end': { timeUnixNano: ['1763700000000000000', '18446744072709551616'] },
  'ipv6-two-spellings': { 'network.local.address': [undefined, '2001:DB8::2'] },
  // Read by JavaScript; the Collector writes all digits.
  'made-int64': { 'aws.vpc.flow.bytes': ['9223372036854775807', 2 ** 63] },
  milliseconds: overflow,
  'mixed-time-units': overflow,
  'nat-both-ends': bothTranslated('10.0.0.5'),
  'only-end-implausible': { timeUnixNano: [undefined, '5000000000'] },
  'only-packet-addresses': {
    'source.address': ['10.0.0.5', undefined],
    'destination.address': ['203.0.113.5', undefined],
  },
  'protocol-unassigned': {
    'network.protocol.name': [undefined, ''],
    'aws.vpc.flow.unmapped': [{ protocol: '200' }, undefined],
  },
  'quirk-byte-order-mark': 'refused',
  'quirk-byte-order-mark-file': { 'aws.vpc.flow.log.version': [2, undefined] },
  'quirk-tabs-and-double-spaces': 'refused',
  'quirk-trailing-comment': 'refused',
  'quirk-trailing-comment-aws-nat-instance-egress': 'refused',
  'quirk-trailing-comment-aws-nat-instance-ingress': 'refused',
  'unknown-account-accept': unknownAccount,
  'unknown-account-nodata': unknownAccount,
  'v3-alphabetical-no-logstatus-2': bothTranslated('172.18.160.93'),
  'v4-outpost': bothTranslated('172.18.160.93'),
}
