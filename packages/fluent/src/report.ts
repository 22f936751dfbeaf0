import type { Ledger, Rejection } from '@flowlogs/core'
import type { Failure } from './failure.ts'
import type { ForwarderOptions } from './options.ts'

/** An event that was not delivered, and why. */
export interface Undelivered extends Failure {
  /** The deterministic id; the same each time the line is sent. */
  readonly id: string
  readonly tag: string
  /** Unix milliseconds. */
  readonly time?: number
  /** The event as JSON text, with all digits. */
  readonly event: string
  /** How often it was sent; when it was, it may have arrived all the same. */
  readonly attempts: number
}

/** What became of the lines of one call: ledger.emitted = delivered + deadLettered + undelivered. */
export interface Report {
  readonly ledger: Ledger
  readonly rejections: readonly Rejection[]
  /** Events that the receiver has acknowledged. */
  readonly delivered: number
  /** Events that the dead letter has taken. */
  readonly deadLettered: number
  /** Events that nobody has taken. */
  readonly undelivered: readonly Undelivered[]
}

/** Offers what is undelivered to the dead letter, if there is one. */
export async function offerDeadLetters(
  { deadLetter, onError }: Pick<ForwarderOptions, 'deadLetter' | 'onError'>,
  report: Report,
): Promise<Report> {
  const { undelivered } = report
  if (!deadLetter || undelivered.length === 0) return report
  try {
    await deadLetter(undelivered)
    return { ...report, deadLettered: undelivered.length, undelivered: [] }
  } catch (error) {
    onError?.(error as Error)
    return report
  }
}

/** The report if nothing is undelivered; else throws it with an error. */
export function expectDelivered(report: Report): Report {
  const { undelivered, ledger } = report
  const [first] = undelivered
  if (first === undefined) return report
  const message = `${undelivered.length} of ${ledger.emitted} events were not delivered: ${first.message}`
  throw Object.assign(new Error(message), { report })
}
