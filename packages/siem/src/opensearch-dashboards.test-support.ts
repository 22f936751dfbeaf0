/** Reads visualizations as OpenSearch Dashboards would. */
import type { SavedObject } from './opensearch-dashboards.ts'

/** An aggregation of a visualization. */
interface VisAggregation {
  readonly id: string
  readonly type: 'count' | 'sum' | 'date_histogram' | 'terms'
  readonly schema: string
  readonly params: { readonly field?: string; readonly orderBy?: string; readonly size?: number }
}

/** What a visualization shows. */
export interface VisState {
  readonly title: string
  readonly type: string
  readonly aggs: readonly VisAggregation[]
  readonly params: { readonly type?: string }
}

/** The state of a visualization. */
export function visStateOf({ attributes }: SavedObject): VisState {
  return JSON.parse(String(attributes.visState))
}

/** Field and value of its query: ours are all of the form `FIELD: VALUE`. */
export function queryOf({ attributes }: SavedObject): readonly [string, string] | undefined {
  const { searchSourceJSON } = attributes.kibanaSavedObjectMeta as { searchSourceJSON: string }
  const { query } = JSON.parse(searchSourceJSON).query as { query: string }
  if (query === '') return undefined
  const [, field, value] = /^([a-z_.]+): "?([^"]+)"?$/.exec(query) ?? []
  if (!field || !value) throw new Error(`cannot read the query ${query}`)
  return [field, value]
}

/** Every field that a visualization reads. */
export function fieldsOf(object: SavedObject): string[] {
  const fields = visStateOf(object).aggs.flatMap(({ params }) => params.field ?? [])
  const [queried] = queryOf(object) ?? []
  return [...new Set([...fields, ...(queried ? [queried] : [])])]
}
