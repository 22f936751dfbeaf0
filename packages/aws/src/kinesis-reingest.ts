/** Overflow of a Firehose stream that reads a Kinesis stream, and takes no records itself. */
import { randomUUID } from 'node:crypto'
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { Overflow } from './overflow.ts'
import { putInBatches } from './put-in-batches.ts'

/** Where records go back to. */
export interface KinesisReingestOptions {
  readonly client: KinesisClient
  /** The stream that Firehose reads. */
  readonly streamName: string
}

/**
 * Builds the overflow that puts records back into the Kinesis stream with PutRecords, under their
 * own partition keys. Everything else that reads the stream sees them a second time.
 */
export function createKinesisReingest({ client, streamName }: KinesisReingestOptions): Overflow {
  return (records, signal) =>
    putInBatches(
      records,
      async (batch, abortSignal) => {
        const command = new PutRecordsCommand({
          StreamName: streamName,
          Records: batch.map(({ data, partitionKey = randomUUID() }) => ({
            Data: data,
            PartitionKey: partitionKey,
          })),
        })
        const { Records = [] } = await client.send(command, { abortSignal })
        return Records
      },
      signal,
    )
}
