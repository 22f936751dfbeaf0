import { gzipSync } from 'node:zlib'
import type { Clock } from './clock.ts'
import { fieldsOfVersion } from './fields.ts'
import { createRandom } from './random.ts'

export interface CloudWatchOptions {
  /** AWS field names of the lines; they tell the log stream and the time of an event. Default: version 2. */
  format?: readonly string[]
  accountId?: string
  logGroup?: string
  subscriptionFilter?: string
  /** The most events in one payload. Default 100. */
  eventsPerPayload?: number
  /** The chance that a control message precedes a payload. Default 1 in 200; one always comes first. */
  controlRate?: number
}

/** One gzip-compressed payload, as a CloudWatch Logs subscription puts it into Firehose. */
export interface Payload {
  data: Buffer
  lines: number
}

/** Collects lines by log stream and turns them into payloads. */
export interface CloudWatchLogs {
  /** Returns the payloads that the line has completed. */
  add(line: string): Payload[]
  /** Returns what is left. */
  drain(): Payload[]
}

interface LogEvent {
  id: string
  timestamp: number
  message: string
}

// CloudWatch Logs takes events of 256 KB and batches of 1 MB.
const maximumEventSize = 262_144
const maximumBatchSize = 1_000_000
const eventOverhead = 100
const maximumPendingEvents = 10_000

export function createCloudWatchLogs(
  options: CloudWatchOptions,
  seed: string | number,
  clock: Clock,
): CloudWatchLogs {
  const {
    format = fieldsOfVersion(2),
    accountId = '123456789012',
    logGroup = '/aws/vpc/flowlogs',
    subscriptionFilter = 'toFirehose',
    eventsPerPayload = 100,
    controlRate = 1 / 200,
  } = options
  if (!(eventsPerPayload >= 1)) {
    throw new Error(`cloudwatch.eventsPerPayload: must be 1 or more: ${eventsPerPayload}`)
  }
  const interfaceIndex = format.indexOf('interface-id')
  const startIndex = format.indexOf('start')
  const random = createRandom(`${seed}/cloudwatch`)

  const streams = new Map<string, { events: LogEvent[]; size: number }>()
  let pendingEvents = 0
  let eventCount = 0
  let greeted = false

  const toPayloads = (name: string): Payload[] => {
    const { events } = streams.get(name)!
    streams.delete(name)
    pendingEvents -= events.length
    const payloads: Payload[] = []
    if (!greeted || random.chance(controlRate)) {
      payloads.push({ data: controlMessage(clock.now()), lines: 0 })
      greeted = true
    }
    const document = {
      messageType: 'DATA_MESSAGE',
      owner: accountId,
      logGroup,
      logStream: name,
      subscriptionFilters: [subscriptionFilter],
      logEvents: events,
    }
    payloads.push({ data: gzipSync(JSON.stringify(document)), lines: events.length })
    return payloads
  }

  const drain = () => [...streams.keys()].flatMap(toPayloads)

  return {
    drain,
    add(line) {
      const size = Buffer.byteLength(JSON.stringify(line)) + eventOverhead
      if (size > maximumEventSize) {
        throw new RangeError(`put: an event holds at most ${maximumEventSize} bytes: ${size}`)
      }
      const values = line.split(' ')
      const name = `${(values[interfaceIndex] ?? 'unknown').slice(0, 500)}-all`
      const payloads: Payload[] = []
      const full = streams.get(name)
      if (full && full.size + size > maximumBatchSize) payloads.push(...toPayloads(name))
      if (pendingEvents >= maximumPendingEvents) payloads.push(...drain())

      const stream = streams.get(name) ?? { events: [], size: 0 }
      streams.set(name, stream)
      const start = Number(values[startIndex])
      const timestamp = start > 0 ? start * 1_000 : clock.now()
      stream.events.push({ id: eventId(timestamp, eventCount++), timestamp, message: line })
      stream.size += size
      pendingEvents++
      if (stream.events.length >= eventsPerPayload) payloads.push(...toPayloads(name))
      return payloads
    },
  }
}

// 56 digits, like the real ones; a number in JavaScript could not hold them.
function eventId(timestamp: number, count: number): string {
  return `383${String(timestamp).padStart(14, '0')}${String(count).padStart(39, '0')}`
}

function controlMessage(timestamp: number): Buffer {
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Firehose.'
  return gzipSync(
    JSON.stringify({
      messageType: 'CONTROL_MESSAGE',
      owner: 'CloudwatchLogs',
      logGroup: '',
      logStream: '',
      subscriptionFilters: [],
      logEvents: [{ id: '', timestamp, message }],
    }),
  )
}
