/** What the package counts of itself, through the metrics API; without an SDK it costs nothing. */
import { type Counter, type MeterProvider, metrics } from '@opentelemetry/api'

/** Counts records by what became of them. */
export type CountRecords = (records: number, attributes: { readonly outcome: string }) => void

/** Where metrics go. */
export interface TelemetryOptions {
  /** Default: the global one, as it is when the first records come. */
  readonly meterProvider?: Pick<MeterProvider, 'getMeter'>
}

/** Builds a counter of records. */
export function createRecordCounter(
  name: string,
  description: string,
  { meterProvider }: TelemetryOptions,
): CountRecords {
  let counter: Counter | undefined
  return (records, attributes) => {
    // The global provider is often set after this module's objects have been created.
    counter ??= (meterProvider ?? metrics.getMeterProvider())
      .getMeter('@flowlogs/opentelemetry')
      .createCounter(name, { description, unit: '{record}' })
    if (records > 0) counter.add(records, { ...attributes })
  }
}
