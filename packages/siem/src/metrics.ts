/** What a sink tells OpenTelemetry. */
import {
  type Counter,
  type Gauge,
  type Histogram,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'

/** What becomes of an event; `failed` when its batch has to come again. */
type EventOutcome = 'accepted' | 'duplicate' | 'dead_lettered' | 'failed'

/** One request and its reply. */
export interface MeasuredRequest {
  /** Bytes of the body as it was sent. */
  readonly bytes: number
  readonly milliseconds: number
  /** The status, or the code of the failure. */
  readonly outcome: number | string
}

/** The instruments of one sink. */
export interface Metrics {
  events(outcome: EventOutcome, count: number, reason?: string): void
  /** Events sent again. */
  retried(count: number): void
  request(request: MeasuredRequest): void
  /** Bytes taken and not yet stored. */
  queue(bytes: number): void
}

interface Instruments {
  readonly provider: MeterProvider
  readonly events: Counter
  readonly retries: Counter
  readonly bytes: Counter
  readonly duration: Histogram
  readonly queue: Gauge
}

/** Builds the metrics of a sink of this name, such as `opensearch`. */
export function createMetrics(sink: string): Metrics {
  const own = { 'flowlogs.sink': sink }
  let known: Instruments | undefined

  // The API hands out meters that stay silent if no SDK is registered yet, so ask each time.
  function instruments(): Instruments {
    const provider = metrics.getMeterProvider()
    if (known?.provider !== provider) known = createInstruments(provider)
    return known
  }

  return {
    events(outcome, count, reason) {
      if (count === 0) return
      const attributes = { ...own, 'flowlogs.outcome': outcome }
      instruments().events.add(
        count,
        reason ? { ...attributes, 'flowlogs.reason': reason } : attributes,
      )
    },
    retried(count) {
      if (count > 0) instruments().retries.add(count, own)
    },
    request({ bytes, milliseconds, outcome }) {
      const { bytes: sent, duration } = instruments()
      sent.add(bytes, own)
      const how =
        typeof outcome === 'number'
          ? { 'http.response.status_code': outcome }
          : { 'error.type': outcome }
      duration.record(milliseconds / 1000, { ...own, ...how })
    },
    queue(bytes) {
      instruments().queue.record(bytes, own)
    },
  }
}

function createInstruments(provider: MeterProvider): Instruments {
  const meter = provider.getMeter('@flowlogs/siem')
  return {
    provider,
    events: meter.createCounter('flowlogs.sink.events', {
      unit: '{event}',
      description: 'Events by what became of them',
    }),
    retries: meter.createCounter('flowlogs.sink.retries', {
      unit: '{event}',
      description: 'Events sent again',
    }),
    bytes: meter.createCounter('flowlogs.sink.io', {
      unit: 'By',
      description: 'Bytes of request bodies as they were sent',
    }),
    duration: meter.createHistogram('flowlogs.sink.request.duration', {
      unit: 's',
      description: 'Time from a request to its whole reply',
    }),
    queue: meter.createGauge('flowlogs.sink.queue', {
      unit: 'By',
      description: 'Bytes of events taken and not yet stored',
    }),
  }
}
