/** What the byte lane writes: by hand for every case of the corpus, and as the processor does for any line. */
import {
  createLineGenerator,
  createRandom,
  isClean,
  laneDifference,
  loadCases,
  mutate,
  randomFormat,
} from '@flowlogs/conformance'
import {
  createIdentify,
  createTransform,
  type Field,
  fields,
  type OriginSource,
  parseFormat,
  presets,
} from '@flowlogs/core'
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import { type CorpusRecord, expectedAttributes } from './expected-attributes.test-support.ts'
import { createOtlpMapping, FlowLogRecordProcessor, type LogOptions } from './index.ts'
import { type ExportRequest, recordsOf } from './receiver.test-support.ts'
import { newest } from './sdk-versions.test-support.ts'

const choices: readonly LogOptions[] = [
  {},
  { profile: 'semconv-v1', time: 'end', body: 'record' },
  { profile: 'raw-v1', body: 'remove', rejectSeverity: 'WARN' },
  { uid: false, body: 'record', rejectSeverity: 'WARN' },
]
const nowhere: OriginSource = () => ({})
const clock = () => 1_763_700_062_345
const cases = loadCases()

const random = createRandom(50)
const rows: readonly Field[] = fields
const formats = [
  ...Object.keys(presets),
  ...Array.from({ length: 6 }, () => nameAll(randomFormat(rows, random))),
]

const named = formats.map((format, index) => ({
  name: format.includes(' ') ? `format ${index}` : format,
  format,
}))

function nameAll(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => name).join(' ')
}

/** Gives the records that the byte lane writes for one line. */
function createConvert(options: LogOptions = {}) {
  const transform = createTransform({ mapping: createOtlpMapping(options), clock })
  return (format: string, line: string) => {
    const { output } = transform.withFormat(format)(line, nowhere)
    const lines = new TextDecoder().decode(output).split('\n').slice(0, -1)
    return recordsOf(lines.map((text): ExportRequest => ({ resourceLogs: [JSON.parse(text)] })))
  }
}

describe('the default profile', () => {
  const convert = createConvert()
  const records = cases.filter(
    ({ goldens }) => !Object.hasOwn(goldens.record as object, 'rejection'),
  )
  test.each(records)('$name', ({ header, line, goldens }) => {
    const [record] = convert(header, line)
    const { resource, attributes, ...others } = record!
    const golden = goldens.record as CorpusRecord
    const text = line
      .replace(/^\ufeff/, '')
      .trim()
      .split(/[ \t]+/)
    const { columns } = parseFormat(header.replace(/^\ufeff/, ''))
    const id = createIdentify(parseFormat(header.replace(/^\ufeff/, '')))
    expect({ ...resource, ...attributes }).toEqual({
      'log.record.uid': id(text.slice(0, columns.length).join(' '), {}),
      ...expectedAttributes(golden),
    })
    expect(Object.keys(resource)).toEqual(
      ['cloud.provider', 'cloud.account.id', 'cloud.region'].filter((name) => name in resource),
    )
    expect(others).toEqual({
      ...timeOf(golden),
      observedTimeUnixNano: '1763700062345000000',
      severityNumber: 9,
      severityText: 'INFO',
      body: line,
      eventName: 'aws.vpc.flow',
    })
  })

  /** The first plausible time, in nanoseconds. */
  function timeOf({ start, end }: CorpusRecord): object {
    const time = [start, end]
      .map((each) => String(each ?? ''))
      .find((each) => /^[1-9][0-9]{9}(?:[0-9]{3})?$/.test(each))
    return time === undefined ? {} : { timeUnixNano: time.padEnd(19, '0') }
  }

  test('lines that are none become nothing', () => {
    const rejected = cases.filter(({ goldens }) =>
      Object.hasOwn(goldens.record as object, 'rejection'),
    )
    expect(rejected.length).toBeGreaterThan(10)
    expect(rejected.flatMap(({ header, line }) => convert(header, line))).toEqual([])
  })
})

test('where a line was delivered from stands in the record, and on the resource', () => {
  const transform = createTransform({ format: 'account-id bytes', mapping: createOtlpMapping() })
  const { output } = transform('unknown 1', {
    account: '210987654321',
    region: 'eu-west-1',
    logGroup: '/aws/vpc',
    logStream: 'eni-1-all',
    bucket: 'flows',
    key: 'a/b.log.gz',
    timestamp: 1_763_700_061_000,
  })
  const [record] = recordsOf([{ resourceLogs: [JSON.parse(new TextDecoder().decode(output))] }])
  expect(record).toMatchObject({
    timeUnixNano: '1763700061000000000',
    resource: {
      'cloud.provider': 'aws',
      'cloud.account.id': '210987654321',
      'cloud.region': 'eu-west-1',
    },
    attributes: {
      'aws.vpc.flow.bytes': 1,
      'aws.log.group.names': ['/aws/vpc'],
      'aws.log.stream.names': ['eni-1-all'],
      'aws.s3.bucket': 'flows',
      'aws.s3.key': 'a/b.log.gz',
      'aws.vpc.flow.unmapped': { account_id: 'unknown' },
    },
  })
})

describe.each(choices)('equal to the processor and the SDK, with %o', (options) => {
  const convert = createConvert(options)

  const loggers = new Map<string, ReturnType<typeof createLogger>>()

  function createLogger(format: string) {
    const memory = newest.createMemory()
    const processor = new FlowLogRecordProcessor({ ...options, format })
    const provider = newest.createProvider([processor, newest.createSimple(memory)])
    return { logger: provider.getLogger('app'), memory }
  }

  function loggerOf(format: string) {
    const known = loggers.get(format) ?? createLogger(format)
    loggers.set(format, known)
    return known
  }

  /** What the processor makes of a line, as the SDK's own serializer writes it. */
  function process(format: string, line: string) {
    const { logger, memory } = loggerOf(format)
    logger.emit({ body: line, timestamp: [1, 0], observedTimestamp: [1_763_700_062, 345_000_000] })
    const bytes = JsonLogsSerializer.serializeRequest(memory.getFinishedLogRecords() as never)
    memory.reset()
    const [record] = recordsOf([JSON.parse(new TextDecoder().decode(bytes))])
    const {
      resource: _,
      droppedAttributesCount,
      ...others
    } = record as typeof record &
      object & {
        droppedAttributesCount: number
      }
    expect(droppedAttributesCount).toBe(0)
    return others
  }

  function compare(format: string, line: string): void {
    const converted = convert(format, line)
    const processed = process(format, line)
    if (converted.length === 0) return expect(processed.attributes).toEqual({})
    const { resource, attributes, ...others } = converted[0]!
    expect(processed).toEqual({
      // An SDK has no records without a time.
      timeUnixNano: '1000000000',
      ...others,
      attributes: { ...resource, ...attributes },
    })
  }

  test('for every case of the corpus', () => {
    for (const { header, line } of cases) {
      const format = header.replace(/^\ufeff/, '')
      if (line.trim() !== '') compare(format, line)
    }
  })

  test.each(named)('for generated lines of $name', ({ format }) => {
    const generate = createLineGenerator(parseFormat(format).columns, random)
    for (let count = 0; count < 60; count++) compare(format, generate().join(' '))
  })
})

describe.each(choices)('every engine writes what the object lane does, with %o', (options) => {
  const from: OriginSource = (index) => ({
    line: index + 1,
    account: '210987654321',
    region: 'eu-west-1',
    logGroup: '/aws/vpc',
    timestamp: 1_763_700_061_000,
  })

  /** Compares the engines; hands out the least number of lines that one of them took. */
  function run(format: string, input: Uint8Array | string, origin: OriginSource) {
    const mapping = createOtlpMapping(options)
    const resultOf = (engine: 'kernel' | 'portable' | 'object') =>
      createTransform({ mapping, format, engine, clock, index: true })(input, origin)
    const object = resultOf('object')
    const taken = (['kernel', 'portable'] as const).map((engine) => {
      const result = resultOf(engine)
      expect(laneDifference(result, object)).toBeUndefined()
      return result.ledger.lanes[engine] ?? 0
    })
    return { ledger: object.ledger, taken: Math.min(...taken) }
  }

  test('of the corpus', () => {
    const corpus = Buffer.concat(cases.flatMap(({ input }) => [input, Buffer.from('\n')]))
    for (const origin of [nowhere, from]) {
      expect(run('v2', corpus, origin).taken).toBeGreaterThan(80)
    }
  })

  test.each(named)('of generated and damaged lines of $name', ({ format }) => {
    const { columns } = parseFormat(format)
    const generate = createLineGenerator(columns, random)
    const lines = Array.from({ length: 300 }, generate)
    const text = lines.map((values) => values.join(' ')).join('\n')
    const clean = lines.filter((values) => isClean(columns, values)).length
    const { ledger, taken } = run(format, text, from)
    expect(ledger.emitted).toBe(300)
    expect(taken).toBeGreaterThanOrEqual(clean)
    const damaged = lines.flatMap((values) => [
      mutate(Buffer.from(values.join(' ')), random),
      Buffer.from('\n'),
    ])
    run(format, Buffer.concat(damaged), nowhere)
  })
})
