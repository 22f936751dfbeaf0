import type { TransformResult } from '@flowlogs/core'

/** Stores a batch: resolved means stored, rejected means not stored, and it has to come again. */
export type Deliver = (batch: TransformResult) => Promise<unknown>
