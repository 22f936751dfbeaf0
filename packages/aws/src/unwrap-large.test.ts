/** What `unwrap` found is its caller's, however large it is and whatever is unwrapped afterwards. */
import { gzipSync } from 'node:zlib'
import { createTransform, recordMapping } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { transformDelivery } from './delivery.ts'
import { unwrap } from './unwrap.ts'

const count = 5000
const lines = Array.from(
  { length: count },
  (_, index) =>
    `2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 ${index} 1418530010 1418530070 ACCEPT OK`,
)
const text = `${lines.join('\n')}\n`
const stream = { account: '1', logGroup: 'g', logStream: 's' }
const payload = JSON.stringify({
  messageType: 'DATA_MESSAGE',
  owner: '1',
  logGroup: 'g',
  logStream: 's',
  subscriptionFilters: ['f'],
  logEvents: lines.map((message, index) => ({ id: `${index}`, timestamp: 1e12 + index, message })),
})
const textOrigin = (index: number) => ({ line: index + 1 })
const eventOrigin = (index: number) => ({
  ...stream,
  eventId: `${index}`,
  timestamp: 1e12 + index,
  line: index + 1,
})

test.each([
  ['text', Buffer.from(text), textOrigin],
  ['text, gzip', gzipSync(text), textOrigin],
  ['text, gzip twice', gzipSync(gzipSync(text)), textOrigin],
  ['a payload', Buffer.from(payload), eventOrigin],
  ['a payload, gzip', gzipSync(payload), eventOrigin],
  ['a payload, gzip twice', gzipSync(gzipSync(payload)), eventOrigin],
])('%s', (_, bytes, originAt) => {
  const delivery = unwrap(bytes)
  for (const other of [payload, text]) unwrap(gzipSync(other.replaceAll('eni-1', 'eni-2')))
  const [section] = delivery.sections
  expect(Buffer.from(section?.lines ?? []).toString() === text).toBe(true)
  const indexes = Array.from({ length: count }, (_, index) => index)
  expect(indexes.map((index) => section?.originAt(index))).toStrictEqual(indexes.map(originAt))
  const transform = createTransform({ mapping: recordMapping })
  expect(transformDelivery(transform, delivery).ledger.emitted).toBe(count)
})
