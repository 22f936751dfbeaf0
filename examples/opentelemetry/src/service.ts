import { createFirehoseEndpoint } from '@flowlogs/aws'
import { createTransform } from '@flowlogs/core'
import {
  createFlowLogEmitter,
  createOtlpMapping,
  type LogExporter,
  trackExports,
} from '@flowlogs/opentelemetry'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'

/** A Firehose endpoint whose flow logs become log records. */
export interface Service {
  /** Answers 200 when the records of a request were exported, and 503 when one was not. */
  handle(request: Request): Promise<Response>
  close(): Promise<void>
}

/** Builds the service. */
export function createService({
  exporter,
  accessKeys,
  format = 'v2',
}: {
  readonly exporter: LogExporter<ReadableLogRecord>
  readonly accessKeys: readonly string[]
  /** Of lines that follow no header line. */
  readonly format?: string
}): Service {
  const exports = trackExports(exporter)
  const providers: LoggerProvider[] = []
  const emitter = createFlowLogEmitter({
    exports,
    // Asked once for each account and region, which are the resource.
    loggerProvider(attributes) {
      const provider = new LoggerProvider({
        resource: resourceFromAttributes(attributes),
        processors: [new BatchLogRecordProcessor({ exporter: exports })],
      })
      providers.push(provider)
      return provider
    },
  })
  return {
    handle: createFirehoseEndpoint({
      accessKeys,
      transform: createTransform({ format, mapping: createOtlpMapping() }),
      deliver: emitter.deliver,
    }),
    async close() {
      await Promise.all(providers.map((provider) => provider.shutdown()))
    },
  }
}
