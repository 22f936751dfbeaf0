/** A dashboard for OCSF Network Activity, as OpenSearch Dashboards imports it. */

/** One saved object. */
export interface SavedObject {
  readonly type: 'index-pattern' | 'visualization' | 'dashboard'
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly references: readonly Reference[]
  readonly migrationVersion: Readonly<Record<string, string>>
}

interface Reference {
  readonly type: SavedObject['type']
  readonly id: string
  readonly name: string
}

/**
 * The dashboard and all it needs: an index pattern and a visualization for each panel. One line of
 * JSON each makes the file that “Saved objects → Import” takes.
 */
export function toOpenSearchDashboards(index: string): SavedObject[] {
  const pattern: SavedObject = {
    type: 'index-pattern',
    id: `flowlogs-${index}`,
    attributes: { title: `${index}*`, timeFieldName: 'time' },
    references: [],
    migrationVersion: { 'index-pattern': '7.6.0' },
  }
  const visualizations = panels.map((panel) => toVisualization(pattern, panel))
  return [pattern, ...visualizations, toDashboard(index, visualizations)]
}

interface Panel {
  readonly name: string
  readonly title: string
  readonly type: 'histogram' | 'line' | 'pie' | 'table' | 'metric'
  readonly metrics: readonly Metric[]
  readonly buckets: readonly Bucket[]
  /** In Dashboards Query Language. */
  readonly query?: string
  /** Where it is: 48 columns, any number of rows. */
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

type Metric = { readonly label: string; readonly sumOf?: string }
type Bucket = 'time' | { readonly label: string; readonly field: string; readonly size: number }

const events: Metric = { label: 'Flows' }
const bytes: Metric = { label: 'Bytes', sumOf: 'traffic.bytes' }
const packets: Metric = { label: 'Packets', sumOf: 'traffic.packets' }
const isRejected = 'action_id: 2'
const isDataLoss = 'status_code: "SKIPDATA"'

const panels: readonly Panel[] = [
  {
    name: 'traffic',
    title: 'Traffic over time',
    type: 'line',
    metrics: [bytes],
    buckets: ['time'],
    place: { x: 0, y: 0, w: 24, h: 12 },
  },
  {
    name: 'verdicts',
    title: 'Accepted and rejected',
    type: 'histogram',
    metrics: [events],
    buckets: ['time', { label: 'Action', field: 'action', size: 5 }],
    place: { x: 24, y: 0, w: 24, h: 12 },
  },
  {
    name: 'talkers',
    title: 'Top talkers',
    type: 'table',
    metrics: [bytes, packets, events],
    buckets: [
      { label: 'Source', field: 'src_endpoint.ip', size: 20 },
      { label: 'Destination', field: 'dst_endpoint.ip', size: 5 },
    ],
    place: { x: 0, y: 12, w: 24, h: 16 },
  },
  {
    name: 'rejected-ports',
    title: 'Rejected ports',
    type: 'table',
    metrics: [events],
    buckets: [
      { label: 'Port', field: 'dst_endpoint.port', size: 20 },
      { label: 'Protocol', field: 'connection_info.protocol_name', size: 3 },
    ],
    query: isRejected,
    place: { x: 24, y: 12, w: 24, h: 16 },
  },
  {
    name: 'bytes-to-services',
    title: 'Bytes to AWS services',
    type: 'pie',
    metrics: [bytes],
    buckets: [{ label: 'Service', field: 'dst_endpoint.svc_name', size: 10 }],
    place: { x: 0, y: 28, w: 12, h: 14 },
  },
  {
    name: 'bytes-from-services',
    title: 'Bytes from AWS services',
    type: 'pie',
    metrics: [bytes],
    buckets: [{ label: 'Service', field: 'src_endpoint.svc_name', size: 10 }],
    place: { x: 12, y: 28, w: 12, h: 14 },
  },
  {
    name: 'data-loss-count',
    title: 'Records that AWS lost (SKIPDATA)',
    type: 'metric',
    metrics: [{ label: 'Gaps' }],
    buckets: [],
    query: isDataLoss,
    place: { x: 24, y: 28, w: 6, h: 14 },
  },
  {
    name: 'data-loss',
    title: 'Where AWS lost records',
    type: 'histogram',
    metrics: [{ label: 'Gaps' }],
    buckets: ['time', { label: 'Account', field: 'cloud.account.uid', size: 10 }],
    query: isDataLoss,
    place: { x: 30, y: 28, w: 18, h: 14 },
  },
]

function toVisualization(pattern: SavedObject, panel: Panel): SavedObject {
  const title = `Flow logs: ${panel.title}`
  const indexRefName = 'kibanaSavedObjectMeta.searchSourceJSON.index'
  return {
    type: 'visualization',
    id: `${pattern.id}-${panel.name}`,
    attributes: {
      title,
      description: '',
      version: 1,
      visState: JSON.stringify({
        title,
        type: panel.type,
        aggs: toAggregations(panel),
        params: toParameters(panel),
      }),
      uiStateJSON: '{}',
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({
          query: { query: panel.query ?? '', language: 'kuery' },
          filter: [],
          indexRefName,
        }),
      },
    },
    references: [{ type: pattern.type, id: pattern.id, name: indexRefName }],
    migrationVersion: { visualization: '7.10.0' },
  }
}

/** Metrics are numbered first, since buckets are sorted by the first of them. */
function toAggregations({ type, metrics, buckets }: Panel): object[] {
  const common = { enabled: true }
  return [
    ...metrics.map(({ label, sumOf }) => ({
      type: sumOf ? 'sum' : 'count',
      schema: 'metric',
      params: { ...(sumOf && { field: sumOf }), customLabel: label },
    })),
    ...buckets.map((bucket) =>
      bucket === 'time'
        ? {
            type: 'date_histogram',
            schema: 'segment',
            params: {
              field: 'time',
              useNormalizedOpenSearchInterval: true,
              interval: 'auto',
              drop_partials: false,
              min_doc_count: 1,
              extended_bounds: {},
            },
          }
        : {
            type: 'terms',
            schema: type === 'table' ? 'bucket' : type === 'pie' ? 'segment' : 'group',
            params: {
              field: bucket.field,
              orderBy: '1',
              order: 'desc',
              size: bucket.size,
              otherBucket: false,
              missingBucket: false,
              customLabel: bucket.label,
            },
          },
    ),
  ].map((aggregation, index) => ({ id: String(index + 1), ...common, ...aggregation }))
}

function toParameters({ type, metrics }: Panel): object {
  const legend = { addTooltip: true, addLegend: true, legendPosition: 'right' }
  const label = metrics[0]?.label
  if (type === 'table') return { perPage: 10, showPartialRows: false, showTotal: false }
  if (type === 'pie') return { type, ...legend, isDonut: true }
  if (type === 'metric') {
    const style = { fontSize: 60, bgColor: false, labelColor: false, subText: '' }
    const metric = { metricColorMode: 'None', useRanges: false, labels: { show: true }, style }
    return { type, addTooltip: true, addLegend: false, metric }
  }
  return {
    type,
    ...legend,
    grid: { categoryLines: false },
    categoryAxes: [
      {
        id: 'CategoryAxis-1',
        type: 'category',
        position: 'bottom',
        show: true,
        scale: { type: 'linear' },
        labels: { show: true, filter: true, truncate: 100 },
        title: {},
      },
    ],
    valueAxes: [
      {
        id: 'ValueAxis-1',
        name: 'LeftAxis-1',
        type: 'value',
        position: 'left',
        show: true,
        scale: { type: 'linear', mode: 'normal' },
        labels: { show: true, rotate: 0, filter: false, truncate: 100 },
        title: { text: label },
      },
    ],
    seriesParams: [
      {
        show: true,
        type,
        mode: type === 'histogram' ? 'stacked' : 'normal',
        data: { label, id: '1' },
        valueAxis: 'ValueAxis-1',
        drawLinesBetweenPoints: true,
        lineWidth: 2,
        showCircles: true,
      },
    ],
    times: [],
    addTimeMarker: false,
  }
}

function toDashboard(index: string, visualizations: readonly SavedObject[]): SavedObject {
  const named = visualizations.map(({ type, id }, position) => ({
    type,
    id,
    name: `panel_${position}`,
  }))
  return {
    type: 'dashboard',
    id: `flowlogs-${index}-dashboard`,
    attributes: {
      title: `AWS flow logs (${index})`,
      description: 'OCSF Network Activity from AWS flow logs',
      hits: 0,
      version: 1,
      timeRestore: false,
      optionsJSON: JSON.stringify({ hidePanelTitles: false, useMargins: true }),
      panelsJSON: JSON.stringify(
        panels.map(({ name, place }, position) => ({
          version: '3.0.0',
          gridData: { ...place, i: name },
          panelIndex: name,
          embeddableConfig: {},
          panelRefName: named[position]?.name,
        })),
      ),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }),
      },
    },
    references: named,
    migrationVersion: { dashboard: '7.9.3' },
  }
}
