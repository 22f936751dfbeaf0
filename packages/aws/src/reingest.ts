/** Overflow of a Firehose stream that producers, flow logs or subscriptions put records into. */
import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import type { Overflow } from './overflow.ts'
import { putInBatches } from './put-in-batches.ts'

/** Where records go back to. */
export interface ReingestOptions {
  readonly client: FirehoseClient
  /** The stream that calls the transformation. */
  readonly deliveryStreamName: string
}

/**
 * Builds the overflow that puts records back into the stream with PutRecordBatch, in batches as
 * large as Firehose takes. What Firehose refuses is tried again until the signal aborts.
 */
export function createReingest({ client, deliveryStreamName }: ReingestOptions): Overflow {
  return (records, signal) =>
    putInBatches(
      records,
      async (batch, abortSignal) => {
        const command = new PutRecordBatchCommand({
          DeliveryStreamName: deliveryStreamName,
          Records: batch.map(({ data }) => ({ Data: data })),
        })
        const { RequestResponses = [] } = await client.send(command, { abortSignal })
        return RequestResponses
      },
      signal,
    )
}
