import { loadCases } from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { fieldsOf, visStateOf } from './opensearch-dashboards.test-support.ts'
import { type SavedObject, toOpenSearchDashboards } from './opensearch-dashboards.ts'
import { toIndexTemplate } from './opensearch-template.ts'

const objects = toOpenSearchDashboards('ocsf')
const byType = (type: SavedObject['type']) => objects.filter((object) => object.type === type)
const visualizations = byType('visualization')

test('a dashboard shows every visualization once, and nothing overlaps', () => {
  expect(byType('index-pattern')).toHaveLength(1)
  expect(objects.at(-1)?.type).toBe('dashboard')
  const { attributes, references } = objects.at(-1)!
  const panels: { panelRefName: string; gridData: Record<'x' | 'y' | 'w' | 'h', number> }[] =
    JSON.parse(String(attributes.panelsJSON))
  const shown = panels.map(
    ({ panelRefName }) => references.find(({ name }) => name === panelRefName)?.id,
  )
  expect(shown).toStrictEqual(visualizations.map(({ id }) => id))
  const cells = panels.flatMap(({ gridData: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...panels.map(({ gridData: { x, w } }) => x + w))).toBe(48)
})

test('every reference leads to an object of the file, and ids are unique', () => {
  const known = objects.map(({ type, id }) => `${type} ${id}`)
  expect(new Set(known).size).toBe(objects.length)
  for (const { references } of objects) {
    for (const { type, id } of references) expect(known).toContain(`${type} ${id}`)
  }
})

test('each visualization searches by the reference that it names', () => {
  for (const { attributes, references } of visualizations) {
    const { searchSourceJSON } = attributes.kibanaSavedObjectMeta as { searchSourceJSON: string }
    const { indexRefName, query } = JSON.parse(searchSourceJSON)
    expect(references.map(({ name }) => name)).toStrictEqual([indexRefName])
    expect(query).toStrictEqual({ query: expect.any(String), language: 'kuery' })
  }
})

describe.each(visualizations.map((object) => [object.id, object] as const))('%s', (_, object) => {
  const { aggs, params, type, title } = visStateOf(object)

  test('has one way of counting, and sorts by it', () => {
    expect(title).toBe(object.attributes.title)
    expect(params.type ?? 'table').toBe(type)
    expect(aggs.map(({ id }) => id)).toStrictEqual(aggs.map((_, index) => String(index + 1)))
    expect(aggs[0]?.schema).toBe('metric')
    for (const { params } of aggs.filter((each) => each.type === 'terms')) {
      expect(params.orderBy).toBe('1')
    }
  })

  test.each(fieldsOf(object))('%s has its type in the mappings, and occurs in events', (field) => {
    for (const flavour of ['opensearch', 'elasticsearch'] as const) {
      const template = toIndexTemplate({ index: 'ocsf', flavour, dataStream: false })
      expect(mappedType(template, field)).toMatch(/^(date|ip|integer|long|keyword)$/)
    }
    const events = loadCases().map(({ goldens }) => goldens['ocsf-1.8.0'])
    expect(events.some((event) => valueAt(event, field.split('.')) !== undefined)).toBe(true)
  })
})

test('each panel that is asked for is there', () => {
  expect(visualizations.map(({ attributes }) => attributes.title)).toStrictEqual([
    'Flow logs: Traffic over time',
    'Flow logs: Accepted and rejected',
    'Flow logs: Top talkers',
    'Flow logs: Rejected ports',
    'Flow logs: Bytes to AWS services',
    'Flow logs: Bytes from AWS services',
    'Flow logs: Records that AWS lost (SKIPDATA)',
    'Flow logs: Where AWS lost records',
  ])
})

interface Mapped {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Mapped>>
}

function mappedType(template: object, field: string): string | undefined {
  const { mappings } = (template as { template: { mappings: Mapped } }).template
  return field.split('.').reduce<Mapped | undefined>((at, name) => at?.properties?.[name], mappings)
    ?.type
}

function valueAt(value: unknown, [name, ...rest]: string[]): unknown {
  if (name === undefined) return value
  return valueAt((value as Record<string, unknown> | undefined)?.[name], rest)
}
