/** The same tests against every release of the SDK. */

import { createIdentify, is, parseFormat, status } from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FlowLogRecordProcessor, type FlowLogRecordProcessorOptions } from './index.ts'
import { type ExportedRecord, type SdkVersion, sdkVersions } from './sdk-versions.test-support.ts'

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const attributes = {
  'cloud.provider': 'aws',
  'cloud.account.id': '123456789010',
  'log.record.uid': createIdentify(parseFormat('v2'))(line, {}),
  'source.address': '172.31.16.139',
  'source.port': 20641,
  'destination.address': '172.31.16.21',
  'destination.port': 22,
  'network.interface.name': 'eni-1235b8ca123456789',
  'aws.vpc.flow.log.version': 2,
  'aws.vpc.flow.packets': 20,
  'aws.vpc.flow.bytes': 4249,
  'aws.vpc.flow.start': 1418530010,
  'aws.vpc.flow.end': 1418530070,
  'aws.vpc.flow.action': 'ACCEPT',
  'aws.vpc.flow.status': 'OK',
  'network.protocol.name': 'tcp',
  'network.transport': 'tcp',
}
const bigLine = line.replace('4249', '9223372036854775807').replace('20641', '-')
const observed: [number, number] = [1_763_700_000, 5]

describe.each(sdkVersions)('with sdk-logs $version', (sdk) => {
  /** What an application's record is when it comes to the exporter. */
  function emit(body: unknown, options: FlowLogRecordProcessorOptions = {}): ExportedRecord {
    const memory = sdk.createMemory()
    const processors = [new FlowLogRecordProcessor(options), sdk.createSimple(memory)]
    sdk
      .createProvider(processors)
      .getLogger('app')
      .emit({ body, timestamp: [1, 0], observedTimestamp: observed, attributes: { mine: 1 } })
    expect(memory.getFinishedLogRecords()).toHaveLength(1)
    return memory.getFinishedLogRecords()[0]!
  }

  const partsOf = ({ hrTime, severityNumber, severityText, eventName, body }: ExportedRecord) => ({
    hrTime,
    severityNumber,
    severityText,
    eventName,
    body,
  })

  test('a line becomes attributes, time, severity and event name', () => {
    const record = emit(line)
    expect(record.attributes).toEqual({ mine: 1, ...attributes })
    expect(partsOf(record)).toEqual({
      hrTime: [1418530010, 0],
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'aws.vpc.flow',
      body: line,
    })
    expect(record.hrTimeObserved).toEqual(observed)
    expect(record.droppedAttributesCount).toBe(0)
  })

  test.each<[string, unknown]>([
    ['text with a line ending', `${line}\r\n`],
    ['bytes', new TextEncoder().encode(line)],
    ['a Firehose message', { message: line }],
    ['a Firehose message as JSON text', JSON.stringify({ message: line })],
    ['a CloudWatch log event', { id: '3'.repeat(56), timestamp: 1418530070000, message: line }],
  ])('%s is a line', (_, body) => {
    const record = emit(body)
    expect(record.attributes).toEqual({ mine: 1, ...attributes })
    expect(record.body).toEqual(body)
  })

  test('a CloudWatch payload with one event is a line, and tells where it is from', () => {
    const payload = {
      messageType: 'DATA_MESSAGE',
      owner: '210987654321',
      logGroup: '/aws/vpc',
      logStream: 'eni-1235b8ca123456789-all',
      logEvents: [
        {
          id: '3'.repeat(56),
          timestamp: 1418530070000,
          message: line.replace('123456789010', 'unknown'),
        },
      ],
    }
    expect(emit(payload).attributes).toEqual({
      mine: 1,
      ...attributes,
      'cloud.account.id': '210987654321',
      'log.record.uid': expect.stringMatching(/^[0-9a-f]{32}$/),
      'aws.log.group.names': ['/aws/vpc'],
      'aws.log.stream.names': ['eni-1235b8ca123456789-all'],
      'aws.vpc.flow.unmapped': { account_id: 'unknown' },
    })
  })

  test.each<[string, unknown]>([
    ['text', 'user 17 logged in'],
    ['several lines', `${line}\n${line}\n`],
    ['a payload of several events', { logEvents: [{ message: line }, { message: line }] }],
    ['a line with a bad address', line.replace('172.31.16.21', '172.31.16.256')],
    ['broken JSON', '{"message":'],
    ['bytes that are not text', Uint8Array.of(0xff, 0xfe)],
    ['an object', { user: 17 }],
    ['an empty text', ''],
    ['a number', 17],
    ['nothing', undefined],
  ])('%s passes untouched', (_, body) => {
    const record = emit(body)
    expect(record.attributes).toEqual({ mine: 1 })
    expect(partsOf(record)).toEqual({
      hrTime: [1, 0],
      severityNumber: undefined,
      severityText: undefined,
      eventName: undefined,
      body,
    })
  })

  test('the body becomes the record, or goes', () => {
    expect(emit(bigLine, { body: 'record' }).body).toEqual({
      version: 2,
      account_id: '123456789010',
      interface_id: 'eni-1235b8ca123456789',
      srcaddr: '172.31.16.139',
      dstaddr: '172.31.16.21',
      dstport: 22,
      protocol: 6,
      packets: 20,
      bytes: '9223372036854775807',
      start: 1418530010,
      end: 1418530070,
      action: 'ACCEPT',
      log_status: 'OK',
    })
    expect(emit(line, { body: 'remove' }).body).toBeUndefined()
  })

  test('integers above 2^53−1 are text', () => {
    const { 'source.port': _, 'log.record.uid': __, ...others } = attributes
    expect(emit(bigLine, { uid: false }).attributes).toEqual({
      mine: 1,
      ...others,
      'aws.vpc.flow.bytes': '9223372036854775807',
    })
  })

  test('time and severity follow the options, and no time is made up', () => {
    const rejected = line.replace('ACCEPT', 'REJECT')
    const options = { time: 'end', rejectSeverity: 'WARN' } as const
    expect(partsOf(emit(rejected, options))).toMatchObject({
      hrTime: [1418530070, 0],
      severityNumber: 13,
      severityText: 'WARN',
    })
    expect(emit(line, options).severityText).toBe('INFO')
    const timeless = line.replace('1418530010 1418530070', '5 7')
    expect(emit(timeless).hrTime).toEqual([1, 0])
    expect(emit({ message: timeless, timestamp: 1418530070123 }).hrTime).toEqual([
      1418530070, 123_000_000,
    ])
    expect(emit(line.replace('1418530010', '1418530010456')).hrTime).toEqual([
      1418530010, 456_000_000,
    ])
  })

  describe('around another processor', () => {
    const lines = [line, line.replace('ACCEPT', 'REJECT'), 'hello', line.replace(/OK$/, 'NODATA')]
    const filter = [
      { name: 'accepted', drop: is('action', 'ACCEPT') },
      { name: 'nodata', drop: status('NODATA') },
    ]

    function createWrapped(version: SdkVersion) {
      const memory = version.createMemory()
      const next = version.createSimple(memory)
      const asked: unknown[] = []
      const wrapped = new FlowLogRecordProcessor().wrap(
        {
          onEmit: (record, context) => next.onEmit(record, context),
          forceFlush: async () => void asked.push('forceFlush'),
          shutdown: async () => void asked.push('shutdown'),
          enabled: () => {
            asked.push('enabled')
            return true
          },
        },
        { filter },
      )
      return { memory, wrapped, asked }
    }

    test('it drops what the rules name, and nothing else', () => {
      const { memory, wrapped } = createWrapped(sdk)
      const logger = sdk.createProvider([wrapped]).getLogger('app')
      for (const body of lines) logger.emit({ body })
      expect(memory.getFinishedLogRecords().map(({ body }) => body)).toEqual([lines[1], lines[2]])
    })

    test('it passes on what it is asked', async () => {
      const { wrapped, asked } = createWrapped(sdk)
      const provider = sdk.createProvider([wrapped])
      const logger = provider.getLogger('app')
      logger.emit({ body: 'hello' })
      if (sdk.asksEnabled) expect((logger as { enabled?(): boolean }).enabled?.()).toBe(true)
      await provider.forceFlush()
      await provider.shutdown()
      expect(asked.filter((each) => each !== 'enabled')).toEqual(['forceFlush', 'shutdown'])
      expect(asked.includes('enabled')).toBe(sdk.asksEnabled)
      expect(wrapped.enabled({})).toBe(false)
    })
  })

  test('it holds nothing back, and does nothing after its shutdown', async () => {
    const processor = new FlowLogRecordProcessor()
    const memory = sdk.createMemory()
    const logger = sdk.createProvider([processor, sdk.createSimple(memory)]).getLogger('app')
    await processor.forceFlush()
    expect(processor.enabled()).toBe(true)
    await processor.shutdown()
    expect(processor.enabled()).toBe(false)
    logger.emit({ body: line })
    expect(memory.getFinishedLogRecords()[0]?.attributes).toEqual({})
  })

  test('it never throws into the application', () => {
    const memory = sdk.createMemory()
    const logger = sdk
      .createProvider([new FlowLogRecordProcessor(), sdk.createSimple(memory)])
      .getLogger('app')
    const hostile = {
      get message(): string {
        throw new Error('no')
      },
    }
    logger.emit({ body: hostile })
    fc.assert(
      fc.property(fc.anything(), (body) => {
        logger.emit({ body })
      }),
    )
    expect(memory.getFinishedLogRecords().length).toBeGreaterThan(100)
  })
})

test.each<[FlowLogRecordProcessorOptions, string]>([
  [{ body: 'line' as 'keep' }, 'body must be keep or record or remove, not line'],
  [{ profile: 'collector' as 'raw-v1' }, 'there is no profile "collector"'],
  [{ format: 'srcaddr srcaddr' }, 'the format names the field "srcaddr" twice'],
])('%o is refused', (options, message) => {
  expect(() => new FlowLogRecordProcessor(options)).toThrow(message)
})
