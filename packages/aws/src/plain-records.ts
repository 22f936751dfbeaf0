/** Records of an event that hold one line each, transformed together. */
import { emptyLedger, type Ledger, type Origin, type Transform } from '@flowlogs/core'
import type { EnvelopeKernel } from './envelope-kernel.ts'
import { type FirehoseRecord, toRecords } from './firehose-record.ts'

/** What becomes of records next to each other, from one of them on; good until the next call. */
export type TransformPlainRecords = (from: number) => readonly FirehoseRecord[]

/** How records are transformed. */
export interface PlainRecordsOptions {
  readonly transform: Transform
  readonly originAt: (index: number) => Origin
  readonly kernel: () => EnvelopeKernel | undefined
}

// More are more often not so simple: about one line in a hundred has no data.
const most = 16
const beginning = '{"data":"'
const ending = '"},'
// {"message":"
const message = 'eyJtZXNzYWdlIjoi'
const nothing: readonly FirehoseRecord[] = []

/** The text of records as they stand in a request. */
let memory: Buffer | undefined

/**
 * Transforms records of which each becomes one event, as many as there are next to each other.
 * Whatever is not so simple is not among them: records are tried with fewer others then, and at last
 * left to the caller.
 */
export function createPlainRecords(
  records: readonly { readonly data: unknown }[],
  { transform, originAt, kernel: kernelOf }: PlainRecordsOptions,
): TransformPlainRecords {
  /** Before which there is a record that is not so simple. */
  let bound = Number.POSITIVE_INFINITY

  /** The lines of some records; undefined if there are fewer. */
  function linesOf(from: number, count: number): Uint8Array | undefined {
    const kernel = kernelOf()
    if (!kernel) return undefined
    const { windowSize } = kernel
    memory ??= Buffer.allocUnsafeSlow(windowSize)
    let end = 0
    for (let index = from; index < from + count; index++) {
      const { data } = records[index] as { readonly data: unknown }
      // Other characters than those of base64 may take three bytes each.
      if (typeof data !== 'string' || !data.startsWith(message)) return undefined
      if (data.length * 3 > windowSize - end - 64) return undefined
      end += memory.write(beginning, end, 'latin1')
      end += memory.write(data, end, 'utf8')
      end += memory.write(ending, end, 'latin1')
    }
    kernel.load([memory.subarray(0, end)])
    const taken = kernel.takeRecords(0, count, windowSize)
    // Data with a quote in it could pose as several records.
    const isAll = taken.count === count && taken.length === end - 1
    return isAll ? taken.lines : undefined
  }

  return (from) => {
    if (from >= bound) bound = Number.POSITIVE_INFINITY
    const remaining = Math.min(bound, records.length) - from
    // Of those before the bound one is not so simple; if there is only one, that is it.
    const first = bound === Number.POSITIVE_INFINITY ? remaining : remaining >> 1
    for (let count = Math.min(most, first); count > 0; count >>= 1) {
      const lines = linesOf(from, count)
      if (lines) {
        const originOf = (index: number): Origin => ({ ...originAt(from + index), line: 1 })
        const common = { origin: originAt(from), differing } as const
        const result = transform(lines, Object.assign(originOf, { common }))
        const ledger = ledgerOfEach(result.ledger, count)
        if (ledger) return toRecords(result.output, ledger)
      }
      bound = from + count
    }
    return nothing
  }
}

const differing: readonly (keyof Origin)[] = ['requestId', 'timestamp', 'line']

/** The account of each line, if each became an event and nothing else is to be said of them. */
function ledgerOfEach({ lines, emitted, notes, lanes }: Ledger, count: number): Ledger | undefined {
  const [lane = '', ...others] = Object.keys(lanes)
  if (lines !== count || emitted !== count || others.length > 0) return undefined
  if (Object.keys(notes).length > 0) return undefined
  return { ...emptyLedger(), lines: 1, emitted: 1, lanes: { [lane]: 1 } }
}
