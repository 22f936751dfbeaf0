import type { TransformResult } from '@flowlogs/core'

/** Stores a batch: resolved means stored, rejected means not stored. */
export type Deliver = (batch: TransformResult) => Promise<unknown>
