/** Security Lake as a custom source: Parquet objects of OCSF Network Activity. */
import { configurationError } from '@flowlogs/core'
import { abortable } from './abortable.ts'
import { createSink, type SinkOptions, type Stored } from './create-sink.ts'
import { deliveryError } from './delivery-error.ts'
import { createMetrics } from './metrics.ts'
import type { ObjectStore } from './object-store.ts'
import { type LakeVersion, lakeVersions, networkActivityColumns } from './ocsf-columns.ts'
import { createParseRow } from './parse-row.ts'
import { createRetry, isRetryable, type RetryOptions } from './retry.ts'
import { createLakeKeys, type LakePlace } from './security-lake-key.ts'
import type { IndexedOutput, Sink } from './sink.ts'
import { type ObjectWriter, storeObjects } from './store-objects.ts'

/** Where the lake is, and how long events are gathered for an object. */
export interface SecurityLakeOptions extends SinkOptions, LakePlace {
  readonly store: ObjectStore
  /** The OCSF version of the events. Default `1.1.0`. */
  readonly version?: LakeVersion
  /**
   * Milliseconds for which batches are gathered, so that they share objects; `deliver` waits that
   * long. Default 60,000: Firehose waits 180 seconds for a reply, further attempts included. With 0
   * each batch has its own objects, which the same batch replaces when it comes again.
   */
  readonly flushInterval?: number
  /** How long to try to store an object. Default deadline 90,000. */
  readonly retry?: RetryOptions
}

const name = 'security-lake'

/**
 * Builds a sink. Of `maxInFlightBytes`, by default 256 MiB, half is gathered before it is written at
 * once, and the other half is room for what comes meanwhile.
 */
export function createSecurityLakeSink(options: SecurityLakeOptions): Sink {
  const { version = '1.1.0', flushInterval = 60_000 } = options
  const { maxInFlightBytes = 256 * 1024 * 1024 } = options
  if (!lakeVersions.includes(version)) {
    throw configurationError(
      `Security Lake's version is one of ${lakeVersions.join(', ')}, not ${version}`,
    )
  }
  if (!(flushInterval >= 0 && flushInterval <= day)) {
    throw configurationError(
      `flushInterval is to be 0 to ${day} milliseconds, not ${flushInterval}`,
    )
  }
  const columns = networkActivityColumns(version)
  const metrics = createMetrics(name)
  const retry = createRetry({ deadline: 90_000, ...options.retry })
  const writer: ObjectWriter = {
    columns,
    keys: createLakeKeys(options),
    parseRow: createParseRow(columns, version),
    put,
  }
  let gathered: Gathered[] = []
  let size = 0
  let timer: NodeJS.Timeout | undefined
  // The same for all batches.
  let stop: AbortSignal | undefined

  function gather(events: IndexedOutput, signal: AbortSignal): Promise<Stored> {
    return new Promise((resolve, reject) => {
      gathered.push({ events, resolve, reject })
      stop = signal
      size += events.output.length
      if (flushInterval === 0 || size >= maxInFlightBytes / 2) write()
      else timer ??= setTimeout(write, flushInterval)
    })
  }

  /** Not at once, so that batches which come together stay together. */
  function hurry(): void {
    clearTimeout(timer)
    timer = setTimeout(write, 0)
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batches = gathered
    gathered = []
    size = 0
    const outcomes = await storeObjects(
      writer,
      batches.map(({ events }) => events),
    )
    for (const [index, { failure, ...stored }] of outcomes.entries()) {
      if (failure) batches[index]?.reject(failure.error)
      else batches[index]?.resolve(stored)
    }
  }

  function put(key: string, bytes: Uint8Array, onRetry: () => void): Promise<void> {
    let attempts = 0
    return retry(async (signal) => {
      attempts += 1
      if (attempts > 1) onRetry()
      const start = performance.now()
      const measure = (outcome: number | string) =>
        metrics.request({ bytes: bytes.length, milliseconds: performance.now() - start, outcome })
      try {
        await abortable(options.store.put(key, bytes, signal), signal)
        measure(200)
        return { done: undefined }
      } catch (error) {
        const { status, code, message } = describe(error)
        measure(status ?? code)
        if (status === undefined || isRetryable(status)) return { again: message }
        const isUnauthorized = status === 401 || status === 403
        throw isUnauthorized ? deliveryError('unauthorized', message) : error
      }
    }, stop)
  }

  return createSink(
    { name, store: gather, hurry, close: async () => {} },
    { ...options, maxInFlightBytes },
    metrics,
  )
}

interface Gathered {
  readonly events: IndexedOutput
  readonly resolve: (stored: Stored) => void
  readonly reject: (error: unknown) => void
}

const day = 86_400_000

/** What an error of an SDK or of the file system says; only a reply has a status. */
function describe(error: unknown): { status?: number; code: string; message: string } {
  const known = error as { code?: string; name?: string; $metadata?: { httpStatusCode?: number } }
  const status = known.$metadata?.httpStatusCode
  return {
    ...(status !== undefined && { status }),
    code: known.code ?? known.name ?? 'unknown',
    message: String(error),
  }
}
