/**
 * The events that tell of new S3 objects: S3's own notification, what SNS, SQS and EventBridge
 * make of it, and any of these in another, as
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html have them.
 */
import { toJsonText } from './exact-json.ts'
import { isObject } from './open-envelope.ts'

/** An object to read. */
export interface S3ObjectReference {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
  /** Bytes. */
  readonly size?: number
}

/** A message of a queue, or a whole event that came without one. */
export interface S3Message {
  /** Of SQS: what to call the message when it has to come again. */
  readonly messageId?: string
  /** Objects that were created. */
  readonly objects: readonly S3ObjectReference[]
  /** Test messages, and notifications of anything else that happens to objects. */
  readonly ignored: number
  /** What is no notification, one sentence each. */
  readonly problems: readonly string[]
}

/** Finds the objects that an event tells of, message by message. Never throws. */
export function parseS3Event(event: unknown): readonly S3Message[] {
  const records = isObject(event) && Array.isArray(event.Records) ? event.Records : []
  const isQueue = records.some((record) => isObject(record) && typeof record.body === 'string')
  if (!isQueue) return [toMessage((found) => readNotification(event, found))]
  return records.map((record: unknown) => {
    const { messageId, body } = isObject(record) ? record : {}
    const message = toMessage((found) => readText(body, found))
    return { messageId: typeof messageId === 'string' ? messageId : '', ...message }
  })
}

interface Found {
  readonly objects: S3ObjectReference[]
  ignored: number
  readonly problems: string[]
}

function toMessage(read: (found: Found) => void): Found {
  const found: Found = { objects: [], ignored: 0, problems: [] }
  read(found)
  return found
}

function readText(text: unknown, found: Found): void {
  let value: unknown
  try {
    value = JSON.parse(String(text))
  } catch {
    complain(String(text), found)
    return
  }
  readNotification(value, found)
}

function readNotification(value: unknown, found: Found): void {
  const notification = isObject(value) ? value : {}
  const { Records, Event, Type, Message } = notification
  if (Array.isArray(Records)) for (const record of Records) readRecord(record, found)
  else if (Event === 's3:TestEvent') found.ignored++
  else if (Type === 'Notification' && typeof Message === 'string') readText(Message, found)
  else if (notification.source === 'aws.s3') readBridged(notification, found)
  else complain(value, found)
}

function readRecord(record: unknown, found: Found): void {
  const { s3, Sns, eventName } = isObject(record) ? record : {}
  if (isObject(Sns)) return readText(Sns.Message, found)
  if (!isObject(s3) || typeof eventName !== 'string') return complain(record, found)
  if (!eventName.startsWith('ObjectCreated:')) {
    found.ignored++
    return
  }
  const { key, versionId, size } = isObject(s3.object) ? s3.object : {}
  const decoded = typeof key === 'string' ? decodeKey(key) : undefined
  if (!isAdded(s3.bucket, decoded, versionId, size, found)) complain(record, found)
}

/** EventBridge does not encode keys. */
function readBridged(event: Readonly<Record<string, unknown>>, found: Found): void {
  const { 'detail-type': type, detail } = event
  if (type !== 'Object Created') {
    // Calls that CloudTrail tells of have the same source, and are no notifications.
    if (typeof type === 'string' && type.startsWith('Object ')) found.ignored++
    else complain(event, found)
    return
  }
  const { bucket, object } = isObject(detail) ? detail : {}
  const { key, 'version-id': versionId, size } = isObject(object) ? object : {}
  if (!isAdded(bucket, key, versionId, size, found)) complain(event, found)
}

function isAdded(
  bucket: unknown,
  key: unknown,
  versionId: unknown,
  size: unknown,
  { objects }: Found,
): boolean {
  const name = isObject(bucket) ? bucket.name : undefined
  if (typeof name !== 'string' || typeof key !== 'string') return false
  objects.push({
    bucket: name,
    key,
    // Objects in a bucket without versions have null.
    ...(typeof versionId === 'string' && versionId !== '' && { versionId }),
    ...(typeof size === 'number' && { size }),
  })
  return true
}

/** S3 encodes keys as forms are: a plus sign is a space. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}

const shown = 200

function complain(value: unknown, { problems }: Found): void {
  const text = typeof value === 'string' ? value : (toJsonText(value) ?? '')
  problems.push(`no notification of S3: ${text.slice(0, shown)}`)
}
