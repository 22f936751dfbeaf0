import type { Rejection } from '@flowlogs/core'

interface Cause {
  /** Who gave it up: `http`. */
  readonly sink: string
  /** `refused`, or the code of a rejection. */
  readonly reason: string
  readonly message: string
}

/** An event that the next hop will not take, or a line that never became an event. */
export type DeadLetterEntry =
  | (Cause & {
      /** With which the next hop refused it. */
      readonly status: number
      readonly id: string
      /** The time of the event, Unix milliseconds. */
      readonly eventTime?: number
      readonly account?: string
      /** The JSON document, byte for byte. */
      readonly event: Uint8Array
    })
  | (Cause & { readonly rejection: Rejection })
