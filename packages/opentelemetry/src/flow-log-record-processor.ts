import { createFilter, type FilterRule } from '@flowlogs/core'
import { diag } from '@opentelemetry/api'
import { createEnrich, type Enriched, type EnrichOptions } from './enrich.ts'
import type { LogRecord, LogRecordProcessor } from './log-record.ts'
import { type CountRecords, createRecordCounter, type TelemetryOptions } from './telemetry.ts'

/** How lines in bodies are read, and what records become. */
export interface FlowLogRecordProcessorOptions extends EnrichOptions, TelemetryOptions {}

/**
 * A log record processor that turns records whose body is a flow log line into flow log records:
 * attributes, time, severity, event name. Everything else passes untouched.
 */
export class FlowLogRecordProcessor {
  readonly #options: FlowLogRecordProcessorOptions
  readonly #enrich: (record: LogRecord) => Enriched
  readonly #count: CountRecords
  #isShutDown = false

  constructor(options: FlowLogRecordProcessorOptions = {}) {
    this.#options = options
    this.#enrich = createEnrich(options)
    this.#count = createRecordCounter(
      'flowlogs.processor.records',
      'Log records seen by the processor, by what became of them',
      options,
    )
  }

  /** Never throws, since that would reach the application. */
  onEmit(record: LogRecord, _context?: unknown): void {
    this.#process(record)
  }

  enabled(_options?: unknown): boolean {
    return !this.#isShutDown
  }

  /** Nothing is held back. */
  async forceFlush(_options?: unknown): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#isShutDown = true
  }

  /**
   * This processor in front of another one, which gets only the records that no rule drops; a
   * processor in a list cannot keep records from the others.
   */
  wrap(
    next: LogRecordProcessor,
    { filter = [] }: { readonly filter?: readonly FilterRule[] } = {},
  ): Required<LogRecordProcessor> {
    const drops = createFilter(filter, this.#options.format ?? 'v2')
    return {
      onEmit: (record, context) => {
        const { flow, origin } = this.#process(record)
        if (flow && drops(flow, origin) !== undefined) this.#count(1, { outcome: 'filtered' })
        else next.onEmit(record, context)
      },
      enabled: (options) => this.enabled(options) && (next.enabled?.(options) ?? true),
      forceFlush: (options) => next.forceFlush(options),
      shutdown: async () => {
        await this.shutdown()
        await next.shutdown()
      },
    }
  }

  #process(record: LogRecord): Partial<Enriched> {
    if (this.#isShutDown) return {}
    try {
      const enriched = this.#enrich(record)
      this.#count(1, { outcome: enriched.outcome })
      return enriched
    } catch (error) {
      diag.error('FlowLogRecordProcessor left a log record as it was', error)
      return {}
    }
  }
}
