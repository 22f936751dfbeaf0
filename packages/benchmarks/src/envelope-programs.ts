/** What brings lines in envelopes, opened by hand and by the handlers; both from bytes to bytes. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { createCloudWatchLogsHandler, createFirehoseEndpoint, transformStream } from '@flowlogs/aws'
import { createTransform, type Mapping, parseFormat } from '@flowlogs/core'
import type { CorpusName, Slice } from './corpus.ts'
import { createNaive, createNaiveParser } from './naive.ts'
import type { ToEvent } from './plain.ts'

/** The envelopes that are measured. */
export type EnvelopeName = 'firehose' | 'firehose-cloudwatch' | 'cloudwatch' | 's3'

/** A slice in an envelope, as its host hands it over: bytes, or what Lambda has parsed. */
export type Envelope = Uint8Array | { readonly awslogs: { readonly data: string } }

/** A program from an envelope to NDJSON, which it hands to `write` while it runs. */
export type EnvelopeProgram = (
  envelope: Envelope,
  write: (output: Uint8Array) => void,
) => Promise<void>

const eventsPerPayload = 50
/** Where CloudWatch Logs has the lines from. */
export const logGroup = '/aws/vpc/flowlogs'

/** Puts a slice in an envelope. */
export function wrap(name: EnvelopeName, { lines, bytes }: Slice): Envelope {
  if (name === 's3') return gzipSync(bytes)
  if (name === 'cloudwatch') {
    return { awslogs: { data: gzipSync(payload(lines)).toString('base64') } }
  }
  const records =
    name === 'firehose'
      ? lines.map((message) => `${JSON.stringify({ message })}\n`)
      : inFifties(lines).map((some) => gzipSync(payload(some)))
  const data = records.map((record) => ({ data: Buffer.from(record).toString('base64') }))
  // Its id stands in the headers only, so that each turn is a request of its own.
  return Buffer.from(JSON.stringify({ timestamp: 1668093033744, records: data }))
}

function inFifties(lines: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(lines.length / eventsPerPayload) }, (_, index) =>
    lines.slice(index * eventsPerPayload, (index + 1) * eventsPerPayload),
  )
}

function payload(messages: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup,
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['all'],
    logEvents: messages.map((message, index) => ({
      id: String(39_053_812_030_452_340_000 + index).padStart(56, '3'),
      timestamp: 1720724137000,
      message,
    })),
  })
}

/** The parts of an envelope that are compressed. */
export function compressedParts(name: EnvelopeName, envelope: Envelope): readonly Uint8Array[] {
  if ('awslogs' in envelope) return [Buffer.from(envelope.awslogs.data, 'base64')]
  if (name === 's3') return [envelope]
  const { records } = JSON.parse(Buffer.from(envelope).toString())
  return records.map(({ data }: { data: string }) => Buffer.from(data, 'base64'))
}

/** What most people write first. */
export function naiveProgram(
  name: EnvelopeName,
  corpus: CorpusName,
  toEvent: ToEvent,
): EnvelopeProgram {
  const keys = parseFormat(corpus).columns.map(({ key }) => key)
  const parse = createNaiveParser(keys)
  const convertText = createNaive(keys, toEvent)

  function convert(messages: readonly string[]): Uint8Array {
    let output = ''
    for (const message of messages) {
      const event = toEvent(parse(message), message)
      if (event !== undefined) output += `${JSON.stringify(event)}\n`
    }
    return Buffer.from(output)
  }

  function messagesOf(compressed: Uint8Array): string[] {
    const { logEvents } = JSON.parse(gunzipSync(compressed).toString())
    return logEvents.map(({ message }: { message: string }) => message)
  }

  return async (envelope, write) => {
    if ('awslogs' in envelope) {
      return write(convert(messagesOf(Buffer.from(envelope.awslogs.data, 'base64'))))
    }
    if (name === 's3') return write(convertText(gunzipSync(envelope)))
    const { records } = JSON.parse(Buffer.from(envelope).toString())
    const messages = records.flatMap(({ data }: { readonly data: string }) => {
      const record = Buffer.from(data, 'base64')
      return name === 'firehose' ? JSON.parse(record.toString()).message : messagesOf(record)
    })
    write(convert(messages))
  }
}

/** The handler that AWS's host would call. */
export function handlerProgram(
  name: EnvelopeName,
  corpus: CorpusName,
  mapping: Mapping,
  replayCache?: false,
): EnvelopeProgram {
  const transform = createTransform({ format: corpus, mapping, reuseOutput: true })
  let write: (output: Uint8Array) => void = () => {}
  const deliver = async ({ output }: { readonly output: Uint8Array }) => write(output)
  const log = () => {}
  const endpoint = createFirehoseEndpoint({
    ...{ accessKeys: 'none', transform, deliver, log },
    ...(replayCache === false && { replayCache }),
  })
  const onCloudWatchLogs = createCloudWatchLogsHandler({ transform, deliver, log })
  let requests = 0

  return async (envelope, writer) => {
    write = writer
    if ('awslogs' in envelope) {
      await onCloudWatchLogs(envelope)
    } else if (name === 's3') {
      for await (const result of transformStream(transform, [envelope])) await deliver(result)
    } else {
      const { status } = await endpoint(requestOf(envelope, `r-${requests++}`))
      if (status !== 200) throw new Error(`the endpoint answered ${status}`)
    }
  }
}

const chunkSize = 64 * 1024

/** A request as a server hands it over: nothing of its body is read yet. */
function requestOf(envelope: Uint8Array, requestId: string): Request {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < envelope.length) controller.enqueue(envelope.subarray(at, at + chunkSize))
      else controller.close()
      at += chunkSize
    },
  })
  const headers = new Headers({
    'content-type': 'application/json',
    'x-amz-firehose-request-id': requestId,
  })
  return { method: 'POST', url: 'http://localhost/', headers, body } as Request
}
