/** Lines to OTLP/JSON requests: by way of the OpenTelemetry SDK's log records, and without them. */
import { createTransform } from '@flowlogs/core'
import {
  createOtlpMapping,
  createOtlpRequests,
  FlowLogRecordProcessor,
  type OtlpRequest,
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
  const options = { format: corpus, mapping: createOtlpMapping() }
  const fresh = createTransform({ ...options, engine: 'kernel' })
  const portable = createTransform({ ...options, engine: 'portable', reuseOutput: true })
  const kernel = createTransform({ ...options, engine: 'kernel', reuseOutput: true })
  // A slice in one request, so that all of it can be looked at.
  const requestsOf = createOtlpRequests({ maxBytes: 8 * 1024 * 1024 })
  const { otlpPortable, otlpPortableRequests, otlpKernel, otlpKernelRequests, otlpKernelFresh } =
    variantNames
  return {
    name: `otlp-${corpus}`,
    title: `${corpus} → OTLP/JSON requests`,
    slices,
    variants: [
      withSdk(corpus),
      writing(otlpPortable, (bytes) => [portable(bytes).output]),
      writing(otlpPortableRequests, (bytes) => bodiesOf(requestsOf(portable(bytes).output))),
      writing(otlpKernel, (bytes) => [kernel(bytes).output]),
      writing(otlpKernelRequests, (bytes) => bodiesOf(requestsOf(kernel(bytes).output))),
      writing(otlpKernelFresh, (bytes) => bodiesOf(toOtlpRequests(fresh(bytes).output))),
    ],
  }
}

function writing(name: string, write: (bytes: Uint8Array) => Uint8Array[]): Variant {
  return { name, checks: everything, run: ({ bytes }) => write(bytes), digest: countRecords }
}

function bodiesOf(requests: Iterable<OtlpRequest>): Uint8Array[] {
  return Array.from(requests, ({ body }) => body)
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
