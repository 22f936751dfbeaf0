/**
 * Keys for Firehose's dynamic partitioning, made by the same mapping as the events: a document of
 * keys goes before each event, and the transformation takes it out again. So whatever is an event
 * has keys, by the same filters and in the same pass, as
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html wants them.
 */
import {
  any,
  configurationError,
  createMapping,
  datetime,
  type FieldKey,
  findField,
  hasTime,
  type Mapping,
  origin,
  present,
  type Source,
  type Template,
  text,
  when,
} from '@flowlogs/core'

/**
 * What events are partitioned by: `account` (of the record, else of its origin), `region` (the
 * same), `day` (`2026-01-31`) and `hour` (`00` to `23`) in UTC of the start, or the value of a field.
 */
export type PartitionKey = 'account' | 'region' | 'day' | 'hour' | FieldKey

/** The keys of an event; the value of each is text that is safe in the name of an S3 object. */
export type PartitionKeys = Readonly<Record<string, string>>

/** Events without their keys. */
export interface Partitioned {
  /** The events, one JSON document per line. */
  readonly events: Uint8Array
  /** The keys of the first event, if there are keys. */
  readonly keys?: PartitionKeys
  /** Whether other events have other keys. */
  readonly isMixed: boolean
}

/** Builds the mapping whose events carry these keys to the Firehose transformation. */
export function partitionMapping(mapping: Mapping, keys: readonly PartitionKey[]): Mapping {
  if (keys.length === 0) throw configurationError('partition keys need at least one name')
  if (new Set(keys).size < keys.length) throw configurationError('a partition key is named twice')
  if (mapping.before) {
    throw configurationError(`the mapping "${mapping.name}" has a document before each event`)
  }
  return createMapping({
    ...mapping,
    name: `${mapping.name}+partition`,
    before: { partitionKeys: Object.fromEntries(keys.map((key) => [key, templateOf(key)])) },
  })
}

const times: readonly Source[] = ['start', 'end', origin('timestamp')]
const unknown = 'unknown'

function templateOf(key: PartitionKey): Template {
  if (key === 'day' || key === 'hour') return when(hasTime(...times), datetime(...times), unknown)
  if (key === 'account') return textOf('account_id', origin('account'))
  if (key === 'region') return textOf('region', origin('region'))
  if (findField(key)) return textOf(key)
  throw configurationError(`"${key}" is not a partition key, nor a field that AWS has published`)
}

function textOf(...sources: readonly Source[]): Template {
  return when(any(...sources.map(present)), text(...sources), unknown)
}

const newline = 10
const beginning = Buffer.from('{"partitionKeys":{')

/** Takes the keys out of the output of a transform, if its mapping writes any. */
export function takePartitionKeys(output: Uint8Array): Partitioned {
  if (!hasPartitionKeys(output)) return { events: output, isMixed: false }
  const events = new Uint8Array(output.length)
  let length = 0
  let isMixed = false
  let keys: PartitionKeys | undefined
  for (let at = 0; at < output.length; ) {
    const start = output.indexOf(newline, at) + 1
    const end = output.indexOf(newline, start) + 1
    const own = toKeys(output.subarray(at, start))
    if (keys === undefined) keys = own
    else isMixed ||= !isSame(keys, own)
    events.set(output.subarray(start, end), length)
    length += end - start
    at = end
  }
  return { events: events.subarray(0, length), isMixed, ...(keys && { keys }) }
}

/** Whether the mapping of a transform writes keys, by its output. */
export function hasPartitionKeys(output: Uint8Array): boolean {
  return beginning.equals(output.subarray(0, beginning.length))
}

function toKeys(line: Uint8Array): PartitionKeys {
  const { partitionKeys } = JSON.parse(Buffer.from(line).toString('utf8')) as {
    readonly partitionKeys: PartitionKeys
  }
  return Object.fromEntries(
    Object.entries(partitionKeys).map(([key, value]) => [key, toSafeText(cut(key, value))]),
  )
}

/** Times come whole, since mappings write nothing shorter. */
function cut(key: string, value: string): string {
  if (value === unknown) return value
  if (key === 'day') return value.slice(0, 10)
  return key === 'hour' ? value.slice(11, 13) : value
}

const maxLength = 128

/** A value as one part of a path, in characters that S3 calls safe. */
function toSafeText(value: string): string {
  const safe = value.slice(0, maxLength).replace(/[^A-Za-z0-9._-]/g, '_')
  return /^\.*$/.test(safe) ? safe.replaceAll('.', '_') || unknown : safe
}

function isSame(left: PartitionKeys, right: PartitionKeys): boolean {
  return Object.keys(left).every((key) => left[key] === right[key])
}
