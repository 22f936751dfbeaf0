import {
  addLedger,
  configurationError,
  createTransform,
  emptyLedger,
  type FilterRule,
  type FormatInput,
  type OriginSource,
  type ParserOptions,
  type Rejection,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { type DecodedGroup, type DecodedRecord, decodeOtlp } from './decode-otlp.ts'
import type { LogOptions } from './log-options.ts'
import type { Attributes } from './log-record.ts'
import { scope } from './log-template.ts'
import { createOtlpMapping } from './otlp-mapping.ts'
import { createRecordCounter, type TelemetryOptions } from './telemetry.ts'
import type { TrackedExports } from './track-exports.ts'

/** A logger provider of an SDK, as far as it is used. */
export interface LoggerProvider {
  getLogger(name: string, version?: string, options?: object): { emit(record: object): void }
  forceFlush(): Promise<void>
}

/** Where records go, how lines are read, and what they become. */
export interface FlowLogEmitterOptions extends LogOptions, ParserOptions, TelemetryOptions {
  /**
   * The provider, or a function that gives the one for a resource and is asked once for each account
   * and region. With a single provider, whose resource is its own, account and region are attributes
   * of the records.
   */
  readonly loggerProvider: LoggerProvider | ((resource: Attributes) => LoggerProvider)
  /** What `trackExports` made of the exporter behind the provider's processor. */
  readonly exports: TrackedExports
  /** The format of the lines; a header line takes over from there. Default `v2`. */
  readonly format?: FormatInput
  readonly filter?: readonly FilterRule[]
  /** The 16-byte key of the deterministic id; zeros by default. */
  readonly idKey?: Uint8Array
  /** Records after which to wait for their export; under the queue size of the processor. Default 1024. */
  readonly watermark?: number
  /** Milliseconds after which an export that does not end has failed. Default 60,000. */
  readonly timeoutMillis?: number
}

/** Emits flow logs as fast as they are exported. */
export interface FlowLogEmitter {
  /** Resolves when the records of all lines are exported, and rejects when one is not. */
  emit(
    lines: Uint8Array | string,
    origin?: OriginSource,
  ): Promise<Pick<TransformResult, 'ledger' | 'rejections'>>
  /** The same for what a transform made of lines with the OTLP mapping, for shells that want a `deliver`. */
  deliver(batch: Pick<TransformResult, 'output'>): Promise<void>
}

// Bytes of lines.
const blockSize = 1024 * 1024
// With nothing under way for so long, nothing will come any more.
const idleMillis = 1000

/** Builds an emitter. Throws when an option is wrong. */
export function createFlowLogEmitter(options: FlowLogEmitterOptions): FlowLogEmitter {
  const { loggerProvider, exports, watermark = 1024, timeoutMillis = 60_000 } = options
  if (!Number.isSafeInteger(watermark) || watermark < 1) {
    throw configurationError(`watermark must be a positive integer, not ${watermark}`)
  }
  const transform = createTransform({ ...options, mapping: createOtlpMapping(options) })
  const count = createRecordCounter(
    'flowlogs.emitter.records',
    'Flow log records emitted, by what became of them',
    options,
  )
  const providers = new Map<string, LoggerProvider>()
  const isSingle = typeof loggerProvider !== 'function'

  function providerOf({ name, resource }: DecodedGroup): LoggerProvider {
    if (isSingle) return loggerProvider
    const provider = providers.get(name) ?? loggerProvider(resource)
    providers.set(name, provider)
    return provider
  }

  /** Waits until all that was emitted is exported or has failed. */
  async function drain(used: ReadonlySet<LoggerProvider>): Promise<void> {
    const account = exports.account(scope.name)
    const settled = (): number => account.exported + account.failed
    let [progress, since] = [-1, 0]
    while (settled() < account.emitted) {
      await Promise.all(Array.from(used, (provider) => provider.forceFlush()))
      if (settled() >= account.emitted) return
      // A flush may return at once when another one is under way.
      if (settled() !== progress) [progress, since] = [settled(), performance.now()]
      const waited = performance.now() - since
      const missing = account.emitted - settled()
      if (account.inFlight === 0 && waited > idleMillis) {
        account.emitted = settled()
        count(missing, { outcome: 'lost' })
        throw new Error(`${missing} log records never came to the exporter`)
      }
      if (waited > timeoutMillis) throw new Error(`the export of ${missing} log records hangs`)
      await exports.settled(100)
    }
  }

  async function emitAll(groups: readonly DecodedGroup[]): Promise<void> {
    const account = exports.account(scope.name)
    const before = { ...account }
    const used = new Set<LoggerProvider>()

    async function flush(): Promise<void> {
      await drain(used)
      const failed = account.failed - before.failed
      if (failed === 0) return
      const reason = account.error?.message ?? 'the exporter gave no reason'
      throw new Error(`${failed} log records were not exported: ${reason}`, {
        cause: account.error,
      })
    }

    try {
      let waiting = 0
      for (const group of groups) {
        const provider = providerOf(group)
        const logger = provider.getLogger(scope.name, undefined, scopeOptions)
        used.add(provider)
        for (const record of group.records) {
          logger.emit(isSingle ? withResource(record, group.resource) : record)
          account.emitted++
          if (++waiting < watermark) continue
          await flush()
          waiting = 0
        }
      }
      await flush()
    } finally {
      count(account.exported - before.exported, { outcome: 'exported' })
      count(account.failed - before.failed, { outcome: 'failed' })
    }
  }

  function deliver({ output }: Pick<TransformResult, 'output'>): Promise<void> {
    const groups = decodeOtlp(output)
    return exports.exclusively(() => emitAll(groups))
  }

  return {
    deliver,
    async emit(lines, origin) {
      const ledger = emptyLedger()
      const rejections: Rejection[] = []
      for (const result of transformInBlocks(transform, lines, origin)) {
        await deliver(result)
        addLedger(ledger, result.ledger)
        rejections.push(...result.rejections)
      }
      return { ledger, rejections }
    },
  }
}

/** Records take many times the memory of their lines, so there is only one block of them at a time. */
function* transformInBlocks(
  transform: Transform,
  lines: Uint8Array | string,
  origin?: OriginSource,
): Generator<TransformResult, void, undefined> {
  if (lines.length <= blockSize) return yield transform(lines, origin)
  const bytes = typeof lines === 'string' ? new TextEncoder().encode(lines) : lines
  const session = transform.stream(origin)
  for (let at = 0; at < bytes.length; at += blockSize) {
    yield session.write(bytes.subarray(at, at + blockSize))
  }
  yield session.end()
}

// Under the old name and the new one.
const scopeOptions = { attributes: scope.attributes, scopeAttributes: scope.attributes }

function withResource(record: DecodedRecord, resource: Attributes): DecodedRecord {
  return { ...record, attributes: { ...resource, ...record.attributes } }
}
