/** The releases of `@opentelemetry/sdk-logs` that are tested, behind one face. */
import * as current from '@opentelemetry/sdk-logs'
import * as v0203 from 'sdk-logs-0.203'
import * as v0214 from 'sdk-logs-0.214'
import * as v0221 from 'sdk-logs-0.221'
import * as v0223 from 'sdk-logs-0.223'
import type { LogExporter, LogRecordProcessor } from './index.ts'

/** A record as an exporter gets it. */
export interface ExportedRecord {
  readonly hrTime: readonly [number, number]
  readonly hrTimeObserved: readonly [number, number]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> }
  readonly instrumentationScope: { readonly name: string }
  readonly severityNumber?: number
  readonly severityText?: string
  readonly eventName?: string
  readonly body?: unknown
  readonly droppedAttributesCount: number
}

/** A provider as an application sees it. */
interface Provider {
  getLogger(name: string): { emit(record: object): void }
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** One release. */
export interface SdkVersion {
  readonly version: string
  /** Whether processors are asked whether they want records. */
  readonly asksEnabled: boolean
  createProvider(processors: readonly object[], resource?: object): Provider
  /** With the default settings. */
  createBatch(exporter: LogExporter<never>): LogRecordProcessor
  createSimple(exporter: LogExporter<never>): LogRecordProcessor
  createMemory(): LogExporter<never> & {
    getFinishedLogRecords(): readonly ExportedRecord[]
    reset(): void
  }
}

type Constructor = new (...parameters: unknown[]) => never

function sdk(version: string, module: object): SdkVersion {
  const {
    LoggerProvider,
    BatchLogRecordProcessor,
    SimpleLogRecordProcessor,
    InMemoryLogRecordExporter,
  } = module as Readonly<Record<string, Constructor>>
  const minor = version.startsWith('0.') ? Number(version.split('.')[1]) : Number.POSITIVE_INFINITY
  const wrap = (exporter: object) => (minor < 220 ? exporter : { exporter })
  return {
    version,
    asksEnabled: minor >= 215,
    createProvider: (processors, resource) =>
      new LoggerProvider!({ processors, ...(resource && { resource }) }),
    createBatch: (exporter) => new BatchLogRecordProcessor!(wrap(exporter)),
    createSimple: (exporter) => new SimpleLogRecordProcessor!(wrap(exporter)),
    createMemory: () => new InMemoryLogRecordExporter!(),
  }
}

/** Oldest first; the last one is what the other tests use. */
export const sdkVersions: readonly SdkVersion[] = [
  sdk('0.203.0', v0203),
  sdk('0.214.0', v0214),
  sdk('0.221.0', v0221),
  sdk('0.223.1', v0223),
  sdk('3.1.0', current),
]

/** The newest release. */
export const newest: SdkVersion = sdkVersions.at(-1)!
