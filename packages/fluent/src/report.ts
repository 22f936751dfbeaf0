import type { Ledger, Rejection } from '@flowlogs/core'
import type { Failure } from './failure.ts'

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
