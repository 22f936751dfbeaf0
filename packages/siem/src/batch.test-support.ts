import { createTransform, recordMapping } from '@flowlogs/core'
import type { Batch, IndexedOutput } from './sink.ts'
import { eventBytes, eventCount } from './slice-batch.ts'

const transform = createTransform({ mapping: recordMapping, index: true })

/** A real batch: `count` different flows of two accounts over two days, then bad lines. */
export function createBatch(count: number, bad: readonly string[] = []): Required<Batch> {
  const lines = Array.from({ length: count }, (_, index) => flowLine(index))
  const batch = transform([...lines, ...bad, ''].join('\n'))
  if (!batch.events) throw new Error('the transform made no index')
  return { ...batch, events: batch.events }
}

/** The text of each event. */
export function documentsOf(batch: IndexedOutput): string[] {
  return Array.from({ length: eventCount(batch) }, (_, index) =>
    Buffer.from(eventBytes(batch, index)).toString(),
  )
}

// The last of them starts two minutes after midnight UTC, 2025-11-22.
function flowLine(index: number): string {
  const account = index % 2 === 0 ? '123456789012' : '210987654321'
  const start = 1_763_769_540 + (index % 3) * 90
  return `2 ${account} eni-0a1b2c3d 10.0.0.5 203.0.113.7 ${1024 + index} 443 6 10 ${5000 + index} ${start} ${start + 60} ACCEPT OK`
}
