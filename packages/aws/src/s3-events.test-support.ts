/** The events that tell of new S3 objects, as AWS sends them. */
import type {
  S3Event,
  S3EventRecord,
  S3ObjectCreatedNotificationEvent,
  SNSEvent,
  SQSEvent,
  SQSRecord,
} from 'aws-lambda'

/** An object that an event tells of. */
export interface EventObject {
  readonly bucket: string
  readonly key: string
  readonly size?: number
  readonly versionId?: string
}

/** One notification of S3. */
export function s3Record({ bucket, key, size = 1024, versionId }: EventObject): S3EventRecord {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-west-2',
    eventTime: '1970-01-01T00:00:00.000Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: {
      'x-amz-request-id': 'C3D13FE58DE4C810',
      'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'testConfigRule',
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
        arn: `arn:aws:s3:::${bucket}`,
      },
      object: {
        // As S3 does: spaces are plus signs, slashes stay.
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        size,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        ...(versionId !== undefined && { versionId }),
        sequencer: '0055AED6DCD90281E5',
      },
    },
  }
}

/** S3 straight to Lambda, and the text of the messages it sends elsewhere. */
export function s3Event(objects: readonly EventObject[]): S3Event {
  return { Records: objects.map(s3Record) }
}

/** S3 to EventBridge. */
export function bridgedEvent({
  bucket,
  key,
  size = 5,
  versionId,
}: EventObject): S3ObjectCreatedNotificationEvent {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2021-11-12T00:00:00Z',
    region: 'ca-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: {
        key,
        size,
        etag: 'b1946ac92492d2347c6235b4d2611184',
        ...((versionId !== undefined && { 'version-id': versionId }) as { 'version-id': string }),
        sequencer: '617f08299329d189',
      },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '1.2.3.4',
      reason: 'PutObject',
    },
  }
}

/** SNS to Lambda. */
export function snsEvent(messages: readonly string[]): SNSEvent {
  const Records = messages.map((Message) => ({
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: 'arn:aws:sns:us-west-2:123456789012:flow-logs:21be56ed',
    Sns: {
      Type: 'Notification',
      MessageId: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
      TopicArn: 'arn:aws:sns:us-west-2:123456789012:flow-logs',
      Subject: 'Amazon S3 Notification',
      Message,
      Timestamp: '1970-01-01T00:00:00.000Z',
      SignatureVersion: '1',
      Signature: 'EXAMPLE',
      SigningCertUrl: 'EXAMPLE',
      UnsubscribeUrl: 'EXAMPLE',
      MessageAttributes: {},
    },
  }))
  return { Records }
}

/** What SNS makes of a message on its way to a queue. */
export function snsEnvelope(Message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
    TopicArn: 'arn:aws:sns:us-west-2:123456789012:flow-logs',
    Subject: 'Amazon S3 Notification',
    Message,
    Timestamp: '1970-01-01T00:00:00.000Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: 'EXAMPLE',
    UnsubscribeURL: 'EXAMPLE',
  })
}

/** SQS to Lambda; the messages are called `m-0`, `m-1` and so on. */
export function sqsEvent(bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, index) => sqsRecord(`m-${index}`, body)) }
}

function sqsRecord(messageId: string, body: string): SQSRecord {
  return {
    messageId,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082649183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082649185',
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-west-2:123456789012:flow-logs',
    awsRegion: 'us-west-2',
  }
}

/** What S3 sends when a notification is configured. */
export const testMessage: string = JSON.stringify({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2014-10-13T15:57:02.089Z',
  Bucket: 'bucketname',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
})
