import { readFileSync } from 'node:fs'
import {
  allFields,
  choose,
  createMapping,
  createTransform,
  type Field,
  fields,
  milliseconds,
  number,
  object,
  present,
  rest,
  text,
  when,
} from '@flowlogs/core'
import * as stable from '@opentelemetry/semantic-conventions'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, test } from 'vitest'
import { attributesDocument, writeAttributes } from './attributes-document.test-support.ts'
import {
  attributeRows,
  createOtlpMapping,
  createProfile,
  FlowLogRecordProcessor,
  type ProfileName,
  profiles,
} from './index.ts'
import { recordsOf } from './receiver.test-support.ts'
import { newest } from './sdk-versions.test-support.ts'

const names = Object.keys(profiles) as ProfileName[]
const rows: readonly Field[] = fields

test('the document of attributes is what the mapping does', () => {
  expect(readFileSync(attributesDocument, 'utf8')).toBe(writeAttributes())
})

describe.each(names)('%s', (profile) => {
  test('has an attribute for every field', () => {
    const without = attributeRows(profile).filter(
      ({ attributes, resource }) => attributes.length + resource.length === 0,
    )
    expect(without).toEqual([])
  })

  test('stays under the limit of 128 attributes, whatever the format', () => {
    const unknown = Array.from({ length: 200 }, (_, index) => `later-${index}`)
    const format = [...rows.map(({ name }) => name), ...unknown].join(' ')
    const values = rows.map(({ kind, name }) => {
      if (kind === 'address') return name.startsWith('pkt') ? '10.0.0.2' : '10.0.0.1'
      return kind === 'text' ? 'x' : kind === 'seconds' ? '1763700000' : '6'
    })
    const memory = newest.createMemory()
    const processors = [
      new FlowLogRecordProcessor({ profile, format }),
      newest.createSimple(memory),
    ]
    const logger = newest.createProvider(processors).getLogger('app')
    logger.emit({ body: [...values, ...unknown.map(() => 'y')].join(' ') })
    const [record] = memory.getFinishedLogRecords()
    expect(Object.keys(record!.attributes).length).toBeLessThan(110)
    expect(Object.keys(record!.attributes).length).toBeGreaterThan(60)
    expect(record!.droppedAttributesCount).toBe(0)
    const unmapped = record!.attributes[profile === 'raw-v1' ? 'unmapped' : 'aws.vpc.flow.unmapped']
    expect(Object.keys(unmapped as object).filter((key) => key.startsWith('later'))).toHaveLength(
      200,
    )
  })
})

test('names outside our own are those of the semantic conventions, and stable where those are', () => {
  const namesOf = (module: object): ReadonlySet<unknown> =>
    new Set(
      Object.entries(module).flatMap(([key, name]) => (key.startsWith('ATTR_') ? [name] : [])),
    )
  const foreign = attributeRows('semconv-v1')
    .flatMap(({ attributes, resource }) => [...attributes, ...resource])
    .filter((name) => !/^aws\.(?:vpc|tgw|az|sublocation|ecs)\./.test(name))
  const known = namesOf(incubating)
  // The Collector's, for which there is no convention.
  expect(foreign.filter((name) => !known.has(name))).toEqual(['network.tcp.flags'])
  const isStable = namesOf(stable)
  expect([...new Set(foreign)].filter((name) => isStable.has(name)).sort()).toEqual([
    'container.id',
    'network.local.address',
    'network.transport',
    'network.type',
  ])
})

test('another mapping becomes a profile, its objects attributes with dots', () => {
  const mapping = createMapping({
    name: 'like-ocsf-1',
    requires: [{ code: 'no_time', fields: ['start'], condition: present('start') }],
    template: object(
      choose('action', { ACCEPT: { activity: { id: 6 } } }, { activity: { id: 0 } }),
      {
        time: milliseconds('start'),
        src_endpoint: when(present('srcaddr'), {
          ip: text('srcaddr'),
          ports: [number('srcport')],
        }),
        metadata: { product: { name: 'Amazon VPC' } },
        all: allFields,
        unmapped: rest,
      },
    ),
  })
  const profile = createProfile(mapping)
  expect(profile.name).toBe('like-ocsf-1')
  const transform = createTransform({
    format: 'srcaddr srcport action start bytes',
    mapping: createOtlpMapping({ profile, uid: false }),
  })
  const { output, rejections } = transform(
    '10.0.0.1 443 ACCEPT 1763700000 7\n- 443 REJECT 1763700000 7\n10.0.0.1 443 ACCEPT - 7',
  )
  const lines = new TextDecoder().decode(output).split('\n').slice(0, -1)
  const records = lines.flatMap((line) => recordsOf([{ resourceLogs: [JSON.parse(line)] }]))
  expect(records.map(({ attributes }) => attributes)).toEqual([
    {
      'activity.id': 6,
      time: 1763700000000,
      'src_endpoint.ip': '10.0.0.1',
      'src_endpoint.ports': [443],
      'metadata.product.name': 'Amazon VPC',
      all: { srcaddr: '10.0.0.1', srcport: 443, action: 'ACCEPT', start: 1763700000, bytes: 7 },
      unmapped: { bytes: '7' },
    },
    {
      'activity.id': 0,
      time: 1763700000000,
      'metadata.product.name': 'Amazon VPC',
      all: { srcport: 443, action: 'REJECT', start: 1763700000, bytes: 7 },
      unmapped: { srcport: '443', action: 'REJECT', bytes: '7' },
    },
  ])
  expect(rejections).toMatchObject([{ code: 'no_time', field: 'start' }])
})
