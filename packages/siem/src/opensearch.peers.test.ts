/** What a real OpenSearch node makes of our requests. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casesFolder, loadCases } from '@flowlogs/conformance'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { toBatch } from './merge-batches.ts'
import { queryOf, visStateOf } from './opensearch-dashboards.test-support.ts'
import { toOpenSearchDashboards } from './opensearch-dashboards.ts'
import {
  findOpenSearch,
  type OpenSearchNode,
  startOpenSearch,
} from './opensearch-node.test-support.ts'
import { installOpenSearch } from './opensearch-setup.ts'
import { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
import type { Batch, Report, Sink } from './sink.ts'

// biome-ignore lint/suspicious/noExplicitAny: a judge of values, not of types
type Json = any

const found = findOpenSearch()
const reason = 'missing' in found ? found.missing : ''

describe.skipIf(reason)(`a real OpenSearch node${reason && ` (missing: ${reason})`}`, () => {
  let node: OpenSearchNode
  let folder: string
  let sinks: Sink[] = []

  beforeAll(async () => {
    node = await startOpenSearch('peer' in found ? found.peer : '')
  }, 120_000)
  afterAll(() => node?.stop(), 60_000)

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowlogs-peer-'))
  })
  afterEach(async () => {
    for (const sink of sinks) await sink.close()
    sinks = []
    await rm(folder, { recursive: true })
  })

  async function call(method: string, path: string, body?: object): Promise<Json> {
    const response = await fetch(`${node.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  async function deliver(
    index: string,
    batch: Batch,
    options: Partial<OpenSearchSinkOptions> = {},
  ): Promise<Report> {
    const deadLetter = createDeadLetter({ path: join(folder, 'dead') })
    const sink = createOpenSearchSink({ url: node.url, index, deadLetter, ...options })
    sinks.push(sink)
    const report = await sink.deliver(batch)
    await call('POST', `/${index}/_refresh`)
    return report
  }

  async function sourcesOf(index: string): Promise<Map<string, object>> {
    const { hits } = await call('POST', `/${index}/_search?size=10000`)
    return new Map(hits.hits.map(({ _id, _source }: Json) => [_id, _source]))
  }

  describe.each([false, true])('with a data stream: %s', (dataStream) => {
    const index = dataStream ? 'stream' : 'plain'

    beforeAll(async () => {
      for (let count = 0; count < 2; count++) {
        expect(await installOpenSearch({ url: node.url, index, dataStream })).toMatchObject({
          flavour: 'opensearch',
        })
      }
    })

    test('stores all events of the corpus, and once', async () => {
      for (const [position, version] of versions.entries()) {
        const batch = await corpusBatch(version)
        const count = batch.events.ids.length
        // Ids are of lines, so each version is told apart by a name of its own.
        const target = dataStream ? index : `${index}-${version}`
        const first = await deliver(target, batch)
        if (!dataStream || position === 0) {
          expect(first).toStrictEqual({ ...nothing, accepted: count })
        }
        expect(await deliver(target, batch)).toStrictEqual({ ...nothing, duplicates: count })
        if (dataStream && position > 0) continue
        expect(await sourcesOf(target)).toStrictEqual(
          new Map(documentsOf(batch).map((text, at) => [batch.events.ids[at], JSON.parse(text)])),
        )
      }
      const { data_streams: streams } = await call('GET', '/_data_stream')
      expect(streams.map(({ name }: Json) => name)).toStrictEqual(dataStream ? [index] : [])
    })

    test('refuses what does not fit the mappings', async () => {
      const batch = toIndexed([
        '{"time":1763769540000,"src_endpoint":{"ip":"10.0.0.256"}}',
        '{"time":1763769540000,"src_endpoint":{"ip":"10.0.0.255"}}',
        '{"time":1763769540000,"traffic":{"bytes":9223372036854775808}}',
        '{"time":"yesterday"}',
        '{"time":1763769540000',
        '{"metadata":{}}',
      ])
      const { accepted, reasons } = await deliver(index, batch)
      expect({ accepted, reasons }).toStrictEqual(
        dataStream
          ? { accepted: 1, reasons: { mapper_parsing_exception: 5 } }
          : { accepted: 2, reasons: { mapper_parsing_exception: 4 } },
      )
      const dead = await readAll(join(folder, 'dead'))
      expect(dead[0]).toMatchObject({
        id: '0',
        status: 400,
        message: expect.stringContaining('failed to parse field [src_endpoint.ip]'),
      })
    })
  })

  test('gives each field the type that it has to have', async () => {
    await installOpenSearch({ url: node.url, index: 'typed' })
    await deliver('typed', await corpusBatch('1.8.0'))
    const long = 'x'.repeat(60_000)
    await deliver(
      'typed',
      toIndexed([
        JSON.stringify({
          time: 1_763_769_540_000,
          time_dt: '2025-11-21T23:59:00.000Z',
          raw_data: long,
          message: long,
          src_endpoint: { proxy_endpoint: { ip: '10.0.0.1', interface_uid: 'eni-1' } },
          load_balancer: { dst_endpoint: { ip: '2001:db8::1' } },
        }),
      ]),
      { timestampField: '@timestamp' },
    )
    const { fields } = await call('GET', '/typed/_field_caps?fields=*')
    const types = Object.fromEntries(
      Object.entries<object>(fields)
        .filter(([name]) => !name.startsWith('_'))
        .flatMap(([name, kinds]) => {
          const [kind] = Object.keys(kinds)
          return kind === 'object' ? [] : [[name, kind]]
        }),
    )
    expect(types).toMatchObject({
      '@timestamp': 'date',
      time: 'date',
      start_time: 'date',
      time_dt: 'date',
      duration: 'long',
      activity_id: 'long',
      action: 'keyword',
      message: 'keyword',
      'src_endpoint.ip': 'ip',
      'dst_endpoint.intermediate_ips': 'ip',
      'src_endpoint.proxy_endpoint.ip': 'ip',
      'src_endpoint.proxy_endpoint.interface_uid': 'keyword',
      'load_balancer.dst_endpoint.ip': 'ip',
      'dst_endpoint.port': 'integer',
      'traffic.bytes': 'long',
      'observables.value': 'keyword',
      'metadata.original_time': 'keyword',
      is_src_dst_assignment_known: 'boolean',
      unmapped: 'flat_object',
    })
    // Everything that comes as text is a keyword, but what has a type of its own.
    expect(new Set(Object.values(types))).toStrictEqual(
      new Set(['boolean', 'date', 'flat_object', 'integer', 'ip', 'keyword', 'long']),
    )
  })

  test('finds events by network, by time, and by what is not mapped', async () => {
    await installOpenSearch({ url: node.url, index: 'found' })
    const batch = await corpusBatch('1.8.0')
    await deliver('found', batch)
    const events = documentsOf(batch).map((text) => JSON.parse(text))
    const count = async (query: object) => (await call('POST', '/found/_count', { query })).count
    expect(await count({ term: { 'src_endpoint.ip': '172.31.0.0/16' } })).toBe(
      events.filter((event) => event.src_endpoint?.ip?.startsWith('172.31.')).length,
    )
    const year = { gte: '2019-01-01', lt: '2020-01-01', format: 'yyyy-MM-dd' }
    expect(await count({ range: { time: year } })).toBe(
      events.filter(({ time }) => new Date(time).getUTCFullYear() === 2019).length,
    )
    const [name, value] = Object.entries(
      events.find(({ unmapped }) => unmapped?.ecs_cluster_name).unmapped,
    ).find(([key]) => key === 'ecs_cluster_name') as [string, string]
    expect(await count({ term: { [`unmapped.${name}`]: value } })).toBe(
      events.filter(({ unmapped }) => unmapped?.[name] === value).length,
    )
  })

  describe('shows on the dashboard', () => {
    const visualizations = toOpenSearchDashboards('shown').filter(
      ({ type }) => type === 'visualization',
    )
    let events: Json[]

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'flowlogs-peer-'))
      await installOpenSearch({ url: node.url, index: 'shown' })
      const batch = await corpusBatch('1.8.0')
      events = documentsOf(batch).map((text) => JSON.parse(text))
      await deliver('shown', batch)
    })

    test.each(visualizations.map((object) => [object.attributes.title, object] as const))(
      '%s',
      async (_, object) => {
        const { aggs } = visStateOf(object)
        const metrics = aggs.filter(({ schema }) => schema === 'metric')
        const fields = aggs.flatMap(({ schema, params }) =>
          schema !== 'metric' && params.field ? [params.field] : [],
        )
        const [queried, value] = queryOf(object) ?? []
        const sums = metrics.flatMap(({ params }) => params.field ?? [])
        const answer = await call('POST', '/shown/_search?size=0', {
          query: queried ? { term: { [queried]: value } } : { match_all: {} },
          aggs: {
            groups: {
              composite: {
                size: 1_000,
                sources: (fields.length > 0 ? fields : ['class_uid']).map((field) => ({
                  [field]: { terms: { field } },
                })),
              },
              aggs: Object.fromEntries(sums.map((field) => [field, { sum: { field } }])),
            },
          },
        })
        const shown = answer.aggregations.groups.buckets.map((bucket: Json) => [
          Object.values(bucket.key).join(),
          bucket.doc_count,
          ...sums.map((field) => roughly(bucket[field].value)),
        ])
        const expected = groupBy(
          events.filter((event) => !queried || String(valueAt(event, queried)) === value),
          fields.length > 0 ? fields : ['class_uid'],
          sums,
        )
        expect(shown.sort()).toStrictEqual(expected.sort())
        expect(shown.length).toBeGreaterThan(0)
      },
    )
  })

  test('answers 413 to requests that are too large, which are halved', async () => {
    const batch = createBatch(8_000)
    expect(batch.output.length).toBeGreaterThan(1.5 * 2 ** 20)
    expect(await deliver('large', batch, { gzip: false })).toStrictEqual({
      ...nothing,
      accepted: 8_000,
    })
    expect((await call('GET', '/large/_count')).count).toBe(8_000)
  })

  test('makes up ids when there are none', async () => {
    const report = { ...nothing, accepted: 5 }
    expect(await deliver('made-up', createBatch(5), { omitIds: true })).toStrictEqual(report)
    expect(await deliver('made-up', createBatch(5), { omitIds: true })).toStrictEqual(report)
    expect((await sourcesOf('made-up')).size).toBe(10)
  })

  test('refuses events of an index that is blocked, one by one', async () => {
    await deliver('blocked', createBatch(1))
    await call('PUT', '/blocked/_settings', { 'index.blocks.write': true })
    const report = await deliver('blocked', createBatch(3))
    expect(report).toStrictEqual({
      ...nothing,
      deadLettered: 3,
      reasons: { cluster_block_exception: 3 },
    })
  })
})

const versions = ['1.1.0', '1.3.0', '1.5.0', '1.8.0'] as const
const nothing = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }

/** The events of the corpus, byte for byte, one for each id. */
async function corpusBatch(version: (typeof versions)[number]): Promise<Required<Batch>> {
  const documents = new Map<string, string>()
  for (const { name } of loadCases()) {
    const text = await readFile(join(casesFolder, name, `ocsf-${version}.json`), 'utf8')
    const { metadata } = JSON.parse(text)
    // No string has a line break in it.
    if (metadata) documents.set(metadata.uid, text.trimEnd().replaceAll(/\n\s*/g, ''))
  }
  return toIndexed([...documents.values()], [...documents.keys()])
}

function toIndexed(documents: readonly string[], ids?: readonly string[]): Required<Batch> {
  const lines = documents.map((text) => Buffer.from(`${text}\n`))
  let end = 0
  return toBatch({
    output: new Uint8Array(Buffer.concat(lines)),
    events: {
      offsets: lines.map(({ length }) => {
        end += length
        return end - length
      }),
      ids: ids ? [...ids] : documents.map((_, index) => String(index)),
      times: documents.map(() => 1_763_769_540_000),
      accounts: documents.map(() => undefined),
    },
  })
}

function valueAt(event: Json, field: string): Json {
  const found = field.split('.').reduce((value, name) => value?.[name], event)
  // The shortest way to write an address, as OpenSearch does.
  return isIPv6(found) ? new URL(`http://[${found}]`).hostname.slice(1, -1) : found
}

/** Count and sums for each combination of values. */
function groupBy(
  events: readonly Json[],
  fields: readonly string[],
  sums: readonly string[],
): (string | number)[][] {
  const groups = new Map<string, number[]>()
  for (const event of events) {
    const key = fields.map((field) => valueAt(event, field))
    if (key.includes(undefined)) continue
    const group = groups.get(key.join()) ?? [0, ...sums.map(() => 0)]
    group[0]! += 1
    for (const [position, field] of sums.entries()) {
      group[position + 1]! += valueAt(event, field) ?? 0
    }
    groups.set(key.join(), group)
  }
  return [...groups].map(([key, [count = 0, ...values]]) => [key, count, ...values.map(roughly)])
}

/** Sums beyond 2^53 depend on their order. */
function roughly(sum: number): number {
  return Number.isSafeInteger(sum) ? sum : Number(sum.toPrecision(9))
}
