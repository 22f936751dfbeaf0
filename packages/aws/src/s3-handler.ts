/** A Lambda function that transforms flow log objects as they appear in S3, however it learns of them. */
import type { S3Client } from '@aws-sdk/client-s3'
import {
  addLedger,
  emptyLedger,
  gatherResults,
  type Ledger,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import type { EventBridgeEvent, S3Event, SNSEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Deliver } from './deliver.ts'
import { withEnvelopes } from './delivery.ts'
import { describeError } from './describe-error.ts'
import { positiveInteger } from './positive-integer.ts'
import { toS3Origin } from './s3-key.ts'
import { parseS3Event, type S3Message, type S3ObjectReference } from './s3-notification.ts'
import { openS3Object } from './s3-object.ts'
import { createTelemetry, type Invocation, type TelemetryOptions } from './telemetry.ts'
import { transformStream } from './transform-stream.ts'
import { type WithLedger, withLedger } from './with-ledger.ts'

/** What may bring a notification. */
export type S3HandlerEvent = S3Event | SQSEvent | SNSEvent | EventBridgeEvent<string, unknown>

/** How a handler reads, transforms and stores. */
export interface S3HandlerOptions extends TelemetryOptions {
  readonly client: S3Client
  readonly transform: Transform
  /** Called for one batch after the other of each object. */
  readonly deliver: Deliver
  /** Which objects to read. Default all; folders, empty objects whose key ends in `/`, never are. */
  readonly accept?: (object: S3ObjectReference) => boolean
  /** Bytes of events in a batch. Default 4 MiB. */
  readonly maxBatchBytes?: number
  /** Bytes of an object, 1 GiB by default; a larger one is rejected as `too_large`. */
  readonly maxObjectBytes?: number
  /** Objects read at the same time, each with a batch in memory. Default 1. */
  readonly concurrency?: number
}

/** What an invocation tells beyond the usual. */
export interface S3Invocation extends Invocation {
  /** Objects that were read, or should have been. */
  readonly objects: number
  readonly failedObjects: number
  /** Test messages, other notifications than of new objects, and objects not accepted. */
  readonly ignored: number
}

const mebibyte = 1024 * 1024
const shownFailures = 10

/**
 * Builds the handler of S3 notifications: S3's own, through SNS, SQS or both, or from EventBridge.
 * Of a queue, exactly the messages with an object that could not be read or stored come again; any
 * other event is thrown back as a whole, after all its objects were tried.
 */
export function createS3Handler(
  options: S3HandlerOptions,
): (event: S3HandlerEvent) => Promise<WithLedger<SQSBatchResponse>> {
  const { client, transform, deliver, accept = () => true } = options
  const maxBatchBytes = positiveInteger('maxBatchBytes', options.maxBatchBytes ?? 4 * mebibyte)
  const maxObjectBytes = positiveInteger(
    'maxObjectBytes',
    options.maxObjectBytes ?? 1024 * mebibyte,
  )
  // Lines become events of ten times their size and more.
  const blockSize = Math.min(256, Math.max(16, Math.floor(maxBatchBytes / 16 / 1024))) * 1024
  const concurrency = positiveInteger('concurrency', options.concurrency ?? 1)
  const report = createTelemetry(options)

  async function store(batch: TransformResult, account: Account): Promise<void> {
    try {
      await deliver(batch)
    } catch (error) {
      throw new Error(`not stored: ${describeError(error)}`)
    }
    addLedger(account.ledger, batch.ledger)
    account.bytesOut += batch.output.length
  }

  async function storeObject(object: S3ObjectReference, account: Account): Promise<void> {
    if (isFolder(object) || !accept(object)) {
      account.ignored++
      return
    }
    account.objects++
    const origin = toS3Origin(object.bucket, object.key)
    const { size = 0, chunks, cancel } = await openS3Object(client, object)
    if (size > maxObjectBytes) {
      await cancel()
      const rejection = { code: 'too_large', value: String(size), line: '', origin } as const
      const envelope = { control: 0, rejections: [rejection] }
      await store(withEnvelopes(transform(''), envelope), account)
      return
    }
    const results = transformStream(transform, counted(chunks, account), origin, blockSize)
    for await (const batch of gatherResults(results, maxBatchBytes)) await store(batch, account)
  }

  return async (event) => {
    const start = performance.now()
    const messages = parseS3Event(event)
    const ignored = messages.reduce((total, message) => total + message.ignored, 0)
    const account: Account = { ledger: emptyLedger(), bytesIn: 0, bytesOut: 0, objects: 0, ignored }
    const objects = new Map(
      messages.flatMap((message) => message.objects.map((object) => [nameOf(object), object])),
    )
    const failures = new Map<string, string>()
    const entries = objects.entries()
    await eachOf(entries, Math.min(concurrency, objects.size), async ([name, object]) => {
      try {
        await storeObject(object, account)
      } catch (error) {
        failures.set(name, `${name}: ${describeError(error)}`)
      }
    })

    const { ledger } = account
    const failed = messages.filter((message) => failuresOf(message, failures).length > 0)
    const error = describeAll(failed.flatMap((message) => failuresOf(message, failures)))
    const invocation: S3Invocation = {
      handler: 's3',
      outcome: failed.length === 0 ? 'ok' : failed.length < messages.length ? 'partial' : 'failed',
      ...account,
      failedObjects: failures.size,
      milliseconds: performance.now() - start,
      ...(failed.length > 0 && { error }),
    }
    report(invocation)
    // Nobody reads the reply to an event that did not come from a queue.
    if (failed.some(({ messageId }) => messageId === undefined)) {
      throw withLedger(new Error(error), ledger)
    }
    const batchItemFailures = failed.map(({ messageId = '' }) => ({ itemIdentifier: messageId }))
    return withLedger({ batchItemFailures }, ledger)
  }
}

/** What an invocation has done so far; the ledger has what was stored. */
interface Account {
  readonly ledger: Ledger
  bytesIn: number
  bytesOut: number
  objects: number
  ignored: number
}

/** What the console makes to show folders. */
function isFolder({ key, size = 0 }: S3ObjectReference): boolean {
  return key.endsWith('/') && size === 0
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  account: Account,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    account.bytesIn += chunk.length
    yield chunk
  }
}

/** Does the work of several items at the same time; they share the iterator. */
async function eachOf<Item>(
  items: IterableIterator<Item>,
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const workers = Array.from({ length: concurrency }, async () => {
    for (const item of items) await work(item)
  })
  await Promise.all(workers)
}

function nameOf({ bucket, key, versionId }: S3ObjectReference): string {
  return `s3://${bucket}/${key}${versionId === undefined ? '' : ` (version ${versionId})`}`
}

function failuresOf(message: S3Message, failures: ReadonlyMap<string, string>): string[] {
  const ofObjects = message.objects.map((object) => failures.get(nameOf(object)))
  return [...message.problems, ...ofObjects.filter((failure) => failure !== undefined)]
}

function describeAll(failures: readonly string[]): string {
  const distinct = [...new Set(failures)]
  const more = distinct.length - shownFailures
  return [...distinct.slice(0, shownFailures), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}
