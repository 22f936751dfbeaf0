/** What real OpenSearch and Elasticsearch nodes make of our requests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describePeer } from '@flowlogs/conformance'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { corpusBatch, documentBatch } from './corpus-batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { createHttpReceiver } from './http-receiver.test-support.ts'
import { queryOf, visStateOf } from './opensearch-dashboards.test-support.ts'
import { toOpenSearchDashboards } from './opensearch-dashboards.ts'
import { installOpenSearch } from './opensearch-setup.ts'
import { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
import type { SearchFlavour } from './opensearch-template.ts'
import { findSearchNode, type SearchNode, startSearchNode } from './search-node.test-support.ts'
import type { Batch, Report, Sink } from './sink.ts'

// biome-ignore lint/suspicious/noExplicitAny: a judge of values, not of types
type Json = any

const nothing = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }

for (const flavour of ['opensearch', 'elasticsearch'] as const) {
  describePeer(`a node of ${flavour}`, findSearchNode(flavour), (program) =>
    judge(flavour, program),
  )
}

function judge(flavour: SearchFlavour, program: string): void {
  const isElastic = flavour === 'elasticsearch'
  const unparsable = isElastic ? 'document_parsing_exception' : 'mapper_parsing_exception'
  let node: SearchNode
  let folder: string
  let sinks: Sink[] = []

  beforeAll(async () => {
    node = await startSearchNode(flavour, program)
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

  /** The jars of Elasticsearch lack the part that says what it is. */
  function install(index: string, dataStream = false): ReturnType<typeof installOpenSearch> {
    const options = { url: node.url, index, dataStream }
    return installOpenSearch({ ...options, ...(isElastic && { flavour }) })
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

  test('is ready, with an index and without', async () => {
    const sink = createOpenSearchSink({ url: node.url, index: 'ready' })
    sinks.push(sink)
    await sink.ready()
    await call('PUT', '/ready')
    await sink.ready()
  })

  test.each(['1.1.0', '1.3.0', '1.5.0', '1.8.0'])(
    'stores the events of the corpus once in an index: OCSF %s',
    async (version) => {
      const index = `plain-${version}`
      await install(index)
      const batch = corpusBatch(version)
      const count = batch.events.ids.length
      expect(await deliver(index, batch)).toStrictEqual({ ...nothing, accepted: count })
      expect(await deliver(index, batch)).toStrictEqual({ ...nothing, duplicates: count })
      expect(await sourcesOf(index)).toStrictEqual(
        new Map(documentsOf(batch).map((text, at) => [batch.events.ids[at], JSON.parse(text)])),
      )
    },
  )

  test('stores the events of the corpus once in a data stream', async () => {
    const options = isElastic ? { timestampField: '@timestamp' } : {}
    for (let count = 0; count < 2; count++) {
      expect(await install('stream', true)).toMatchObject({ flavour })
    }
    const batch = corpusBatch('1.8.0')
    const { ids, times } = batch.events
    const first = await deliver('stream', batch, options)
    expect(first).toStrictEqual({ ...nothing, accepted: ids.length })
    const second = await deliver('stream', batch, options)
    expect(second).toStrictEqual({ ...nothing, duplicates: ids.length })
    expect(await sourcesOf('stream')).toStrictEqual(
      new Map(
        documentsOf(batch).map((text, at) => [
          ids[at],
          { ...(isElastic && { '@timestamp': times[at] }), ...JSON.parse(text) },
        ]),
      ),
    )
    expect(Object.keys(await call('GET', '/stream/_mapping'))[0]).toMatch(/^\.ds-stream-/)
    const noTime = await deliver('stream', documentBatch(['{"action":"Allowed"}']), options)
    expect(noTime).toStrictEqual({ ...nothing, deadLettered: 1, reasons: { [unparsable]: 1 } })
  })

  test('forgets ids of a data stream when it rolls over', async () => {
    await install('rolled', true)
    const options = { timestampField: '@timestamp' }
    const report = { ...nothing, accepted: 3 }
    const batch = documentBatch([1, 2, 3].map((time) => `{"time":${time}}`))
    expect(await deliver('rolled', batch, options)).toStrictEqual(report)
    await call('POST', '/rolled/_rollover')
    expect(await deliver('rolled', batch, options)).toStrictEqual(report)
    expect((await call('GET', '/rolled/_count')).count).toBe(6)
  })

  test('refuses what does not fit the mappings', async () => {
    await install('refused')
    const batch = documentBatch([
      '{"src_endpoint":{"ip":"10.0.0.256"}}',
      '{"src_endpoint":{"ip":"10.0.0.255"}}',
      '{"traffic":{"bytes":9223372036854775808}}',
      '{"time":"yesterday"}',
      '{"time":1763769540000',
    ])
    expect(await deliver('refused', batch)).toStrictEqual({
      ...nothing,
      accepted: 1,
      deadLettered: 4,
      reasons: { [unparsable]: 4 },
    })
    const [first] = await readAll(join(folder, 'dead'))
    expect(first).toMatchObject({
      id: '0',
      status: 400,
      message: expect.stringContaining('failed to parse field [src_endpoint.ip]'),
    })
  })

  test('gives each field the type that it has to have', async () => {
    await install('typed')
    await deliver('typed', corpusBatch('1.8.0'), { timestampField: '@timestamp' })
    const long = 'x'.repeat(60_000)
    const event = {
      time: 1_763_769_540_000,
      time_dt: '2025-11-21T23:59:00.000Z',
      raw_data: long,
      message: long,
      src_endpoint: { proxy_endpoint: { ip: '10.0.0.1', interface_uid: 'eni-1' } },
      load_balancer: { dst_endpoint: { ip: '2001:db8::1' } },
    }
    const report = await deliver('typed', documentBatch([JSON.stringify(event)]))
    expect(report).toStrictEqual({ ...nothing, accepted: 1 })
    const { fields } = await call('GET', '/typed/_field_caps?fields=*')
    const types = Object.fromEntries(
      Object.entries<object>(fields).flatMap(([name, kinds]) => {
        const [kind] = Object.keys(kinds)
        return name.startsWith('_') || kind === 'object' ? [] : [[name, kind]]
      }),
    )
    const flat = isElastic ? 'flattened' : 'flat_object'
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
      unmapped: flat,
    })
    // No text is split into words.
    expect(new Set(Object.values(types))).toStrictEqual(
      new Set(['boolean', 'date', flat, 'integer', 'ip', 'keyword', 'long']),
    )
  })

  test('finds events by network, by time, and by what is not mapped', async () => {
    await install('found')
    const batch = corpusBatch('1.8.0')
    await deliver('found', batch)
    const events: Json[] = documentsOf(batch).map((text) => JSON.parse(text))
    const count = async (query: object) => (await call('POST', '/found/_count', { query })).count
    const inNetwork = events.filter(({ src_endpoint: end }) => end?.ip?.startsWith('172.31.'))
    const network = { term: { 'src_endpoint.ip': '172.31.0.0/16' } }
    expect(await count(network)).toBe(inNetwork.length)
    const in2019 = events.filter(({ time }) => new Date(time).getUTCFullYear() === 2019)
    const year = { gte: '2019-01-01', lt: '2020-01-01', format: 'yyyy-MM-dd' }
    expect(await count({ range: { time: year } })).toBe(in2019.length)
    const cluster = events.find(({ unmapped }) => unmapped?.ecs_cluster_name).unmapped
      .ecs_cluster_name
    const ofCluster = events.filter(({ unmapped }) => unmapped?.ecs_cluster_name === cluster)
    const unmapped = { term: { 'unmapped.ecs_cluster_name': cluster } }
    expect(await count(unmapped)).toBe(ofCluster.length)
  })

  test.each(
    toOpenSearchDashboards('shown')
      .filter(({ type }) => type === 'visualization')
      .map((object) => [object.attributes.title, object] as const),
  )('has what the dashboard shows: %s', async (_, object) => {
    await install('shown')
    const batch = corpusBatch('1.8.0')
    await deliver('shown', batch)
    const { aggs } = visStateOf(object)
    const isMetric = ({ schema }: { readonly schema: string }) => schema === 'metric'
    const sums = aggs.filter(isMetric).flatMap(({ params }) => params.field ?? [])
    const own = aggs.filter((each) => !isMetric(each)).flatMap(({ params }) => params.field ?? [])
    const fields = own.length > 0 ? own : ['class_uid']
    const [queried, value] = queryOf(object) ?? []
    const answer = await call('POST', '/shown/_search?size=0', {
      query: queried ? { term: { [queried]: value } } : { match_all: {} },
      aggs: {
        groups: {
          composite: {
            size: 1_000,
            sources: fields.map((field) => ({ [field]: { terms: { field } } })),
          },
          aggs: Object.fromEntries(sums.map((field) => [field, { sum: { field } }])),
        },
      },
    })
    const shown: Group[] = answer.aggregations.groups.buckets.map((bucket: Json) => [
      Object.values(bucket.key).join(),
      bucket.doc_count,
      ...sums.map((field) => roughly(bucket[field].value)),
    ])
    const events = documentsOf(batch)
      .map((text) => JSON.parse(text))
      .filter((event) => !queried || String(valueAt(event, queried)) === value)
    expect(shown.sort()).toStrictEqual(groupBy(events, fields, sums).sort())
    expect(shown.length).toBeGreaterThan(0)
  })

  test('answers 413 to requests that are too large, which are halved', async () => {
    const batch = createBatch(8_000)
    expect(batch.output.length).toBeGreaterThan(1.5 * 2 ** 20)
    const report = await deliver('large', batch, { gzip: false })
    expect(report).toStrictEqual({ ...nothing, accepted: 8_000 })
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
    expect(await deliver('blocked', createBatch(3))).toStrictEqual({
      ...nothing,
      deadLettered: 3,
      reasons: { cluster_block_exception: 3 },
    })
  })

  test('has each event once behind a proxy that loses every other answer', async () => {
    let count = 0
    const proxy = await createHttpReceiver({
      async always({ path, method, headers, body }) {
        const { 'content-type': type = '', 'content-encoding': encoding = '' } = headers
        const response = await fetch(`${node.url}${path}`, {
          method,
          body: new Uint8Array(body),
          headers: { 'content-type': type, 'content-encoding': encoding },
        })
        const answer = { status: response.status, body: await response.text() }
        count += 1
        if (count % 2 === 0) return answer
        return count % 4 === 1 ? 'reset' : { ...answer, body: answer.body.slice(0, -9) }
      },
    })
    try {
      const retry = { initialDelay: 1, maxDelay: 5 }
      const batch = createBatch(500)
      const options = { url: proxy.url, maxRequestBytes: 20_000, retry }
      const { accepted, duplicates } = await deliver('proxied', batch, options)
      expect(accepted + duplicates).toBe(500)
      expect(duplicates).toBeGreaterThan(0)
      expect(new Set((await sourcesOf('proxied')).keys())).toStrictEqual(new Set(batch.events.ids))
    } finally {
      await proxy.close()
    }
  })
}

type Group = (string | number)[]

/** Count and sums for each combination of values. */
function groupBy(
  events: readonly Json[],
  fields: readonly string[],
  sums: readonly string[],
): Group[] {
  const groups = new Map<string, number[]>()
  for (const event of events) {
    const key = fields.map((field) => valueAt(event, field))
    if (key.includes(undefined)) continue
    const [count = 0, ...before] = groups.get(key.join()) ?? []
    const after = sums.map((field, at) => (before[at] ?? 0) + (valueAt(event, field) ?? 0))
    groups.set(key.join(), [count + 1, ...after])
  }
  return [...groups].map(([key, [count = 0, ...values]]) => [key, count, ...values.map(roughly)])
}

function valueAt(event: Json, field: string): Json {
  const value = field.split('.').reduce((at, name) => at?.[name], event)
  // The shortest way to write an address, as a node does.
  return isIPv6(value) ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value
}

/** Sums beyond 2^53 depend on their order. */
function roughly(sum: number): number {
  return Number.isSafeInteger(sum) ? sum : Number(sum.toPrecision(9))
}
