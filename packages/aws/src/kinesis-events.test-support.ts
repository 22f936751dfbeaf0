/** Events as a Kinesis event source mapping makes them, and records as producers do. */
import { createHash } from 'node:crypto'
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda'

/** A sequence number of the usual length. */
export function sequenceNumber(index: number): string {
  return String(49590338271490256608559692538361571095921575989136588898n + BigInt(index))
}

/** An event with a record for each data. */
export function kinesisEvent(...data: readonly (Uint8Array | string)[]): KinesisStreamEvent {
  return { Records: data.map(kinesisRecord) }
}

/** One record of an event. */
export function kinesisRecord(data: Uint8Array | string, index = 0): KinesisStreamRecord {
  return {
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000006:${sequenceNumber(index)}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda-kinesis-role',
    awsRegion: 'eu-central-1',
    eventSourceARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/flow-logs',
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: '7b0e4c2f9f0e4ed5b7b1f3a1c2d3e4f5',
      sequenceNumber: sequenceNumber(index),
      data: Buffer.from(data).toString('base64'),
      // Emulators give more digits than Kinesis.
      approximateArrivalTimestamp: 1668093033.74449,
    },
  }
}

/** Packs records as the Kinesis Producer Library does. */
export function kplRecord(...data: readonly (Uint8Array | string)[]): Uint8Array {
  const message = Buffer.concat([
    field(1, Buffer.from('partition key')),
    field(2, Buffer.from('191415658344158766168031473277922803570')),
    ...data.map((each, index) =>
      field(
        3,
        Buffer.concat([
          // The indexes of both keys, the data, and a tag with a key and a value.
          Buffer.from([0x08, 0, 0x10, 0]),
          field(3, Buffer.from(each)),
          field(4, Buffer.concat([field(1, Buffer.from('n')), field(2, Buffer.from(`${index}`))])),
        ]),
      ),
    ),
  ])
  return sealed(message)
}

/** Any message as the payload of an aggregated record, with the checksum it needs. */
export function sealed(message: Uint8Array): Uint8Array {
  const digest = createHash('md5').update(message).digest()
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, digest])
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = []
  for (let rest = bytes.length; ; rest >>= 7) {
    if (rest < 128) {
      length.push(rest)
      break
    }
    length.push((rest & 127) | 128)
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes])
}
