/** How much of a reply to Firehose is still free. */
import type { PartitionKeys } from './partition-keys.ts'

/** The room for events in one reply. */
export interface TransformationBudget {
  /** The room of the reply while no event is in it; an answer to every record is set aside. */
  readonly capacity: number
  /** Takes room for what an answer adds; false, and nothing taken, if there is too little. */
  take(bytes: number): boolean
}

/** Builds the budget of a reply to records with these identifiers. */
export function createTransformationBudget(
  recordIds: readonly string[],
  maxResponseBytes: number,
): TransformationBudget {
  let capacity = maxResponseBytes - jsonLength({ records: [] })
  // One comma each, and one too many.
  for (const recordId of recordIds) {
    capacity -= jsonLength({ recordId, result: 'ProcessingFailed' }) + 1
  }
  let free = capacity
  return {
    capacity,
    take(bytes) {
      if (bytes > free) return false
      free -= bytes
      return true
    },
  }
}

/** What events add to an answer, in bytes of JSON: as base64, and with their keys. */
export function answerBytes(eventBytes: number, keys?: PartitionKeys): number {
  const metadata = keys ? memberLength({ metadata: { partitionKeys: keys } }) : 0
  return Math.ceil(eventBytes / 3) * 4 + dataLength + metadata
}

const dataLength = memberLength({ data: '' })

/** Without the brackets, but with a comma. */
function memberLength(value: object): number {
  return jsonLength(value) - 1
}

function jsonLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
