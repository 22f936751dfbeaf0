/** What a handler tells about each invocation: one structured line, and OpenTelemetry metrics. */
import { type Ledger, ledgerColumns } from '@flowlogs/core'
import { type Counter, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api'
import { printJson } from './print-json.ts'

/** The account of one invocation. */
export interface Invocation {
  /** Which handler ran, such as `firehose-endpoint`. */
  readonly handler: string
  /** The identifier that AWS gave the invocation or request. */
  readonly requestId?: string
  /** `partial` when some records have to come again. */
  readonly outcome: 'ok' | 'partial' | 'failed'
  readonly ledger: Ledger
  /** Bytes that came in, as they were delivered. */
  readonly bytesIn: number
  /** Bytes of events. */
  readonly bytesOut: number
  readonly milliseconds: number
  /** Why it failed, or failed in part. */
  readonly error?: string
}

/** Takes the account of each invocation; what it throws is ignored. */
export type Log = (invocation: Invocation) => void

/** How a handler reports. */
export interface TelemetryOptions {
  /** Default: one line of JSON on standard output. */
  readonly log?: Log
}

interface Instruments {
  readonly provider: MeterProvider
  readonly lines: Counter
  readonly bytes: Counter
  readonly duration: Histogram
}

/** Builds the report of one kind of handler. */
export function createTelemetry({ log = logLine }: TelemetryOptions): Log {
  let instruments: Instruments | undefined
  return (invocation) => {
    try {
      instruments = currentInstruments(instruments)
      measure(instruments, invocation)
      log(invocation)
    } catch {
      // A failing logger is no reason to have a delivery repeated.
    }
  }
}

// The metrics API hands out meters that stay silent if no SDK is registered yet, so ask each time.
function currentInstruments(known: Instruments | undefined): Instruments {
  const provider = metrics.getMeterProvider()
  if (known?.provider === provider) return known
  const meter = provider.getMeter('@flowlogs/aws')
  return {
    provider,
    lines: meter.createCounter('flowlogs.lines', {
      unit: '{line}',
      description: 'Lines by the column of the ledger that they ended in',
    }),
    bytes: meter.createCounter('flowlogs.io', {
      unit: 'By',
      description: 'Bytes delivered to the handler, and bytes of events it made',
    }),
    duration: meter.createHistogram('flowlogs.invocation.duration', {
      unit: 's',
      description: 'Time from an invocation to its reply',
    }),
  }
}

function measure({ lines, bytes, duration }: Instruments, invocation: Invocation): void {
  const { handler, outcome, ledger, bytesIn, bytesOut, milliseconds } = invocation
  const attributes = { 'flowlogs.handler': handler }
  for (const column of ledgerColumns) {
    if (ledger[column] > 0) lines.add(ledger[column], { ...attributes, 'flowlogs.column': column })
  }
  bytes.add(bytesIn, { ...attributes, 'flowlogs.direction': 'in' })
  bytes.add(bytesOut, { ...attributes, 'flowlogs.direction': 'out' })
  duration.record(milliseconds / 1000, { ...attributes, 'flowlogs.outcome': outcome })
}

function logLine(invocation: Invocation): void {
  printJson({ message: 'flowlogs', ...invocation })
}
