import { fields } from '@flowlogs/core'
import { ocsfVersions } from '@flowlogs/ocsf'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { Config, ConfigEndpoint } from './config.ts'
import type { ConfigCondition, ConfigFilter } from './config-filters.ts'
import { readConfigSchema } from './config-schema.ts'

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>
  readonly items: Schema
  readonly enum: readonly string[]
  readonly definitions: Readonly<Record<string, Schema>>
  readonly additionalProperties: boolean
  readonly description?: string
}

/** Everything that the type allows; the compiler keeps it whole. */
type Whole<Value> = { readonly [Key in keyof Required<Value>]: true }

const schema = readConfigSchema() as Schema
const { properties, definitions } = schema
const validate = new Ajv({ allowUnionTypes: true, keywords: ['x-expected'] }).compile(schema)

function* silentKeys(part: Schema | undefined, at = ''): Generator<string> {
  for (const [key, each] of Object.entries(part?.properties ?? {})) {
    const isDescribed = each.description !== undefined || '$ref' in each
    if (!isDescribed) yield `${at}.${key}`
    yield* silentKeys(each.items ?? each, `${at}.${key}`)
  }
}

describe('flowlogs.schema.json', () => {
  test.each<[string, object, Schema | undefined]>([
    [
      'the file',
      {
        listen: true,
        endpoints: true,
        mapping: true,
        filters: true,
        output: true,
        limits: true,
        metrics: true,
      } satisfies Whole<Config>,
      schema,
    ],
    [
      'listen',
      { host: true, port: true, tls: true } satisfies Whole<NonNullable<Config['listen']>>,
      properties.listen,
    ],
    [
      'endpoints',
      {
        path: true,
        type: true,
        access_keys: true,
        access_keys_file: true,
        format: true,
        message: true,
        carry: true,
        id: true,
        respond: true,
      } satisfies Whole<ConfigEndpoint>,
      properties.endpoints?.items,
    ],
    [
      'mapping',
      { to: true, ocsf_version: true } satisfies Whole<NonNullable<Config['mapping']>>,
      properties.mapping,
    ],
    [
      'filters',
      { name: true, drop: true } satisfies Whole<ConfigFilter>,
      properties.filters?.items,
    ],
    [
      'conditions',
      {
        field: true,
        is: true,
        in_network: true,
        present: true,
        all: true,
        any: true,
        not: true,
      } satisfies Whole<ConfigCondition>,
      definitions.condition,
    ],
    [
      'output',
      { url: true, dead_letter: true, spool: true } satisfies Whole<Config['output']>,
      properties.output,
    ],
    [
      'limits',
      {
        max_body_bytes: true,
        max_pending_bytes: true,
        max_connections: true,
        max_header_bytes: true,
        header_seconds: true,
        request_seconds: true,
        keep_alive_seconds: true,
        idle_seconds: true,
        shutdown_seconds: true,
      } satisfies Whole<NonNullable<Config['limits']>>,
      properties.limits,
    ],
  ])('%s: the keys of the type, and no others', (_, keys, part) => {
    expect(Object.keys(part?.properties ?? {})).toEqual(Object.keys(keys))
    expect(part?.additionalProperties).toBe(false)
  })

  test('the names of the code', () => {
    expect(properties.mapping?.properties.ocsf_version?.enum).toEqual([...ocsfVersions])
    expect(definitions.condition?.properties.field?.enum).toEqual(fields.map(({ name }) => name))
  })

  test('every key is described', () => {
    expect([...silentKeys(schema), ...silentKeys(definitions.condition)]).toEqual([])
  })

  test('an editor lets variables stand for numbers', () => {
    const config = (port: unknown) => ({
      listen: { port },
      endpoints: [{ path: '/firehose', type: 'firehose' }],
      output: { url: 'stdout:' },
    })
    expect([80, '${PORT:-80}', '80', 70_000].map((port) => validate(config(port)))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
