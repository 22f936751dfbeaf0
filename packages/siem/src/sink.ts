/** Where events end up: the one concept of this package. */
import type { EventIndex, TransformResult } from '@flowlogs/core'

/**
 * What a sink takes: a result of a transform made with `index: true`. Its output must not change
 * before `deliver` is through, so `reuseOutput` needs a caller that waits. To hand its memory back is
 * the caller's business: only the caller knows who else has the batch.
 */
export type Batch = Omit<TransformResult, 'release'>

/** Events, and what is known of each. A batch is one; so is a part of it. */
export interface IndexedOutput {
  readonly output: Uint8Array<ArrayBuffer>
  readonly events: EventIndex
}

/**
 * What became of a batch. accepted + duplicates + deadLettered = its events, plus its rejections
 * if there is a dead letter.
 */
export interface Report {
  readonly accepted: number
  /** Events that the receiver had already. */
  readonly duplicates: number
  /** Events sent again, counted each time. */
  readonly retried: number
  readonly deadLettered: number
  /** Dead letters by their reason. */
  readonly reasons: Readonly<Record<string, number>>
}

/** Stores batches. The methods do not need `this`. */
export interface Sink {
  /**
   * Resolves when every event is stored or in the dead letter. Rejects when that could not be
   * decided in time, or when the receiver refused an event and there is no dead letter: then the
   * whole batch has to come again, which ids make harmless. Waits while too much is under way.
   */
  deliver(batch: Batch): Promise<Report>
  /** Resolves when nothing is under way any more. */
  flush(): Promise<void>
  /** Rejects, with the reason, when a batch would not be taken at the moment. */
  ready(): Promise<void>
  /**
   * Flushes, then releases files, sockets and timers; later calls of `deliver` reject. Once the
   * signal is aborted nobody is waited for any more: what is not decided by then rejects.
   */
  close(patience?: AbortSignal): Promise<void>
}
