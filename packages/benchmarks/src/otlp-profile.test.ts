/** Packages put together: OCSF's attributes on OpenTelemetry's log records. */
import { createTransform, type Field, fields } from '@flowlogs/core'
import { createOcsfMapping, ocsfVersions } from '@flowlogs/ocsf'
import { createOtlpMapping, createProfile, toOtlpRequests } from '@flowlogs/opentelemetry'
import { expect, test } from 'vitest'
import { createCorpus } from './corpus.ts'

interface Request {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly [
      {
        readonly logRecords: readonly { readonly attributes: readonly { readonly key: string }[] }[]
      },
    ]
  }[]
}

test.each(ocsfVersions)('OCSF %s as a profile', (version) => {
  const profile = createProfile(createOcsfMapping({ version }))
  const [slice] = createCorpus('v5', 1, 1_000)
  const [auto, object] = (['auto', 'object'] as const).map((engine) =>
    createTransform({
      format: 'v5',
      mapping: createOtlpMapping({ profile }),
      engine,
      clock: () => 1_763_700_061_000,
    })(slice!.bytes),
  )
  expect(Buffer.compare(auto!.output, object!.output)).toBe(0)
  expect(auto!.ledger.lanes).toEqual({ kernel: 1_000 })
  expect(profile.name).toBe(`ocsf-${version}`)
  const records = toOtlpRequests(auto!.output).flatMap(({ body }) => {
    const { resourceLogs } = JSON.parse(new TextDecoder().decode(body)) as Request
    return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs[0].logRecords)
  })
  expect(records).toHaveLength(auto!.ledger.emitted)
  const sizes = records.map(({ attributes }) => attributes.length)
  expect(Math.max(...sizes)).toBeLessThan(100)
  expect(records[0]!.attributes).toContainEqual({
    key: 'class_uid',
    value: { intValue: '4001' },
  })
  const names = new Set(records.flatMap(({ attributes }) => attributes.map(({ key }) => key)))
  expect([...names].filter((name) => name.startsWith('src_endpoint.')).sort()).toEqual([
    'src_endpoint.instance_uid',
    'src_endpoint.interface_uid',
    'src_endpoint.ip',
    'src_endpoint.port',
    'src_endpoint.subnet_uid',
    'src_endpoint.svc_name',
    'src_endpoint.vpc_uid',
  ])
})

test.each(ocsfVersions)(
  'OCSF %s of a line with every field has no more attributes than an SDK takes',
  (version) => {
    const rows: readonly Field[] = fields
    const line = rows.map(({ name, kind }, index) => {
      if (kind === 'address') return `10.0.0.${index}`
      return kind === 'text' ? `${name}-1` : kind === 'seconds' ? '1763700000' : '6'
    })
    const { output } = createTransform({
      format: rows.map(({ name }) => name).join(' '),
      mapping: createOtlpMapping({ profile: createProfile(createOcsfMapping({ version })) }),
    })(line.join(' '))
    const [request] = toOtlpRequests(output)
    const { resourceLogs } = JSON.parse(new TextDecoder().decode(request!.body)) as Request
    const { attributes } = resourceLogs[0]!.scopeLogs[0].logRecords[0]!
    expect(attributes.length).toBeGreaterThan(40)
    // The account and the region stand among them where an SDK has one resource.
    expect(attributes.length + 3).toBeLessThan(128)
  },
)
