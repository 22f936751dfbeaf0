/** Lines to OTLP/JSON requests: by way of the OpenTelemetry SDK's log records, and without them. */
import { createTransform } from '@flowlogs/core'
import {
  createOtlpMapping,
  createOtlpRequests,
  FlowLogRecordProcessor,
  toOtlpRequests,
} from '@flowlogs/opentelemetry'
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer'
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { CorpusName, Slice } from './corpus.ts'
import type { Comparison, Variant } from './runner.ts'
import { variantNames } from './variant-names.ts'

const everything = 'every declared field'

/** The comparison on one corpus; all variants write one record for each line, with the same attributes. */
export function otlpComparison(corpus: CorpusName, slices: readonly Slice[]): Comparison {
  const mapping = createOtlpMapping()
  const fresh = createTransform({ format: corpus, mapping })
  const reused = createTransform({ format: corpus, mapping, reuseOutput: true })
  // A slice in one request, so that all of it can be looked at.
  const requestsOf = createOtlpRequests({ maxBytes: 8 * 1024 * 1024 })
  return {
    name: `otlp-${corpus}`,
    title: `${corpus} → OTLP/JSON requests`,
    slices,
    variants: [
      withSdk(corpus),
      {
        name: variantNames.otlpLines,
        checks: everything,
        run: ({ bytes }) => [reused(bytes).output],
        digest: countRecords,
      },
      {
        name: variantNames.otlp,
        checks: everything,
        run: ({ bytes }) => toOtlpRequests(fresh(bytes).output).map(({ body }) => body),
        digest: countRecords,
      },
      {
        name: variantNames.otlpReused,
        checks: everything,
        run: ({ bytes }) => Array.from(requestsOf(reused(bytes).output), ({ body }) => body),
        digest: countRecords,
      },
    ],
  }
}

/** What an application does: a record for each line, the processor, and what its exporter sends. */
function withSdk(corpus: CorpusName): Variant {
  let records: ReadableLogRecord[] = []
  const collect = {
    onEmit: (record: ReadableLogRecord) => void records.push(record),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const processors = [new FlowLogRecordProcessor({ format: corpus }), collect]
  const logger = new LoggerProvider({ processors }).getLogger('benchmark')
  return {
    name: variantNames.sdk,
    checks: everything,
    run({ lines }) {
      records = []
      for (const body of lines) logger.emit({ body })
      return [JsonLogsSerializer.serializeRequest(records)]
    },
    digest: countRecords,
  }
}

// The tests of @flowlogs/opentelemetry compare every attribute; resource and scope differ by design.
function countRecords(requests: unknown): string {
  const text = Buffer.concat(requests as Uint8Array[]).toString('latin1')
  return `${text.split('"log.record.uid"').length - 1} ${text.split('"aws.vpc.flow.bytes"').length - 1}`
}
