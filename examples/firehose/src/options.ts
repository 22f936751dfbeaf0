import { type Clock, systemClock } from './clock.ts'
import type { CloudWatchOptions } from './cloudwatch.ts'
import { createHeaders, type Fetch } from './request.ts'
import type { Failure } from './response.ts'

export interface FirehoseOptions {
  /** The endpoint. Real Firehose insists on https and port 443; here plain http will do. */
  url: string
  /** Sent verbatim as X-Amz-Firehose-Access-Key; no header where absent. At most 4,096 bytes. */
  accessKey?: string
  /** At most 50; names up to 256 characters, values up to 1,024. */
  commonAttributes?: Readonly<Record<string, string>>
  /** `GZIP` compresses the bodies of requests. */
  contentEncoding?: 'GZIP'
  /** A request is sent when one of the hints is reached. Default 5 MiB (before base64) and 60 seconds. */
  buffering?: { bytes?: number; seconds?: number }
  /** How long a failed request is retried. Default 300; 0 gives up after the first attempt. */
  retrySeconds?: number
  /** Where records go that could not be delivered in time. */
  errorFolder: string
  /** How lines become records: one each, or grouped as CloudWatch Logs payloads. Default `direct`. */
  source?: 'direct' | 'cloudwatch'
  cloudwatch?: CloudWatchOptions
  /** Whether a direct record ends with a newline; both have been seen. Default true. */
  newline?: boolean
  /** Seconds until an attempt is given up. Default 180. */
  requestTimeout?: number
  /** Seconds before the first retry; each further one waits twice as long. Default 1. */
  baseDelay?: number
  /** The chance that a delivered request is sent a second time. Default 0. */
  duplicateRate?: number
  /** How many requests may be under way at once. Default 1. */
  concurrency?: number
  sourceArn?: string
  /** Decides request ids, jitter and duplicates. Default 1. */
  seed?: string | number
  clock?: Clock
  fetch?: Fetch
  /** Told of every failed attempt. */
  onFailure?: (failure: FailedAttempt) => void
}

export interface FailedAttempt extends Failure {
  requestId: string
  /** 1 for the first. */
  attempt: number
  records: number
}

export interface Settings {
  url: string
  accessKey: string | undefined
  commonAttributes: Readonly<Record<string, string>> | undefined
  contentEncoding: 'GZIP' | undefined
  bufferBytes: number
  bufferSeconds: number
  retrySeconds: number
  baseDelaySeconds: number
  errorFolder: string
  source: 'direct' | 'cloudwatch'
  cloudwatch: CloudWatchOptions
  newline: boolean
  requestTimeout: number
  duplicateRate: number
  concurrency: number
  sourceArn: string
  streamName: string
  seed: string | number
  clock: Clock
  fetch: Fetch
  onFailure: (failure: FailedAttempt) => void
}

/** A request body may be this large before compression. */
export const maximumBodySize = 67_108_864

/** Fills in the defaults; throws on the first option that Firehose would refuse. */
export function checkOptions(options: FirehoseOptions): Settings {
  const settings: Settings = {
    url: options.url,
    accessKey: options.accessKey,
    commonAttributes: options.commonAttributes,
    contentEncoding: options.contentEncoding,
    bufferBytes: options.buffering?.bytes ?? 5 * 1_048_576,
    bufferSeconds: options.buffering?.seconds ?? 60,
    retrySeconds: options.retrySeconds ?? 300,
    baseDelaySeconds: options.baseDelay ?? 1,
    errorFolder: options.errorFolder,
    source: options.source ?? 'direct',
    cloudwatch: options.cloudwatch ?? {},
    newline: options.newline ?? true,
    requestTimeout: options.requestTimeout ?? 180,
    duplicateRate: options.duplicateRate ?? 0,
    concurrency: options.concurrency ?? 1,
    sourceArn:
      options.sourceArn ?? 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
    streamName: options.sourceArn?.split('/').at(-1) ?? 'flow-logs',
    seed: options.seed ?? 1,
    clock: options.clock ?? systemClock,
    fetch: options.fetch ?? fetch,
    onFailure: options.onFailure ?? (() => {}),
  }

  if (!URL.canParse(settings.url) || !/^https?:$/.test(new URL(settings.url).protocol)) {
    throw new Error(`url: not an http or https address: ${settings.url}`)
  }
  if (!settings.errorFolder) throw new Error('errorFolder: a folder is needed')
  if (!['direct', 'cloudwatch'].includes(settings.source)) {
    throw new Error(`source: neither 'direct' nor 'cloudwatch': ${settings.source}`)
  }
  if (![undefined, 'GZIP'].includes(settings.contentEncoding)) {
    throw new Error(`contentEncoding: only 'GZIP' is known: ${settings.contentEncoding}`)
  }
  checkRange('buffering.bytes', settings.bufferBytes, 1, maximumBodySize)
  checkRange('buffering.seconds', settings.bufferSeconds, 0, 900)
  checkRange('retrySeconds', settings.retrySeconds, 0, 7_200)
  checkRange('baseDelay', settings.baseDelaySeconds, 0, 120)
  checkRange('requestTimeout', settings.requestTimeout, 0.001, 180)
  checkRange('duplicateRate', settings.duplicateRate, 0, 1)
  checkRange('concurrency', settings.concurrency, 1, 100)
  checkAddressing(settings)
  return settings
}

function checkAddressing(settings: Settings): void {
  const { accessKey, commonAttributes = {} } = settings
  if (accessKey !== undefined && Buffer.byteLength(accessKey) > 4_096) {
    throw new Error('accessKey: at most 4096 bytes are allowed')
  }
  const attributes = Object.entries(commonAttributes)
  if (attributes.length > 50) {
    throw new Error(`commonAttributes: at most 50 are allowed: ${attributes.length}`)
  }
  for (const [name, value] of attributes) {
    if (name.length < 1 || name.length > 256) {
      throw new Error(`commonAttributes: a name has 1 to 256 characters: '${name}'`)
    }
    if (value.length > 1_024) {
      throw new Error(`commonAttributes: a value has at most 1024 characters: '${name}'`)
    }
  }
  try {
    new Headers(createHeaders('', settings))
  } catch (error) {
    throw new Error('accessKey or sourceArn: not allowed in a header', { cause: error })
  }
}

function checkRange(name: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to)) {
    throw new Error(`${name}: must be between ${from} and ${to}: ${value}`)
  }
}
