import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { writeBulk } from './bulk.ts'

interface Value {
  readonly stringValue?: string
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly boolValue?: boolean
  readonly arrayValue?: { readonly values?: readonly Value[] }
}

interface Attributed {
  readonly attributes?: readonly { readonly key: string; readonly value: Value }[]
}

interface LogRecord extends Attributed {
  readonly timeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: Value
}

interface ExportRequest {
  readonly resourceLogs?: readonly {
    readonly resource?: Attributed
    readonly scopeLogs?: readonly {
      readonly scope?: Attributed & { readonly name?: string; readonly version?: string }
      readonly logRecords?: readonly LogRecord[]
    }[]
  }[]
}

/**
 * What the Collector's exporter to OpenSearch does, behind its otlphttp exporter: a log record
 * becomes a document in the shape that it calls ss4o, and is answered for when it is stored.
 */
export function createOpenSearchExporter(endpoint: string, index: string): Server {
  async function receive(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const isGzip = incoming.headers['content-encoding'] === 'gzip'
    const request = JSON.parse((isGzip ? gunzipSync(body) : body).toString())
    const operations = toDocuments(request).map((document) => ({
      action: 'create' as const,
      index,
      document,
    }))
    const statuses = operations.length > 0 ? await writeBulk(endpoint, operations) : []
    // Then all of them come again.
    const isStored = statuses.every((status) => status < 300)
    outgoing.writeHead(isStored ? 200 : 503, { 'content-type': 'application/json' }).end('{}')
  }
  return createServer((incoming, outgoing) => {
    receive(incoming, outgoing).catch(() => outgoing.writeHead(503).end())
  })
}

function toDocuments({ resourceLogs = [] }: ExportRequest): object[] {
  return resourceLogs.flatMap(({ resource = {}, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope = {}, logRecords = [] }) =>
      logRecords.map((record) => ({
        '@timestamp': new Date(Number(record.timeUnixNano ?? 0) / 1e6).toISOString(),
        observedTimestamp: new Date().toISOString(),
        attributes: {
          ...toObject(record),
          data_stream: { dataset: 'default', namespace: 'namespace', type: 'record' },
        },
        body: String(toPlain(record.body ?? {}) ?? ''),
        instrumentationScope: {
          name: scope.name,
          version: scope.version,
          attributes: toObject(scope),
        },
        resource: toObject(resource),
        severity: { text: record.severityText, number: record.severityNumber },
      })),
    ),
  )
}

function toObject({ attributes = [] }: Attributed): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toPlain(value)]))
}

function toPlain({ stringValue, intValue, doubleValue, boolValue, arrayValue }: Value): unknown {
  if (intValue !== undefined) return Number(intValue)
  if (arrayValue) return (arrayValue.values ?? []).map(toPlain)
  return stringValue ?? doubleValue ?? boolValue
}
