import { expect, test } from 'vitest'
import { permissionsOf, propertiesOf } from './template.test-support.ts'

const stack = 'FlowLogsSecurityLake'
const logs = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*'

test('the flow log goes to the bucket', () => {
  expect(propertiesOf(stack, 'FlowLog')).toStrictEqual({
    ...propertiesOf('FlowLogsOpenSearch', 'FlowLog'),
    LogDestinationType: 's3',
    LogDestination: '${RawBucket.Arn}',
  })
})

test('the bucket lets AWS write flow logs of this account, and tells the queue', () => {
  expect(propertiesOf(stack, 'RawBucketPolicy').PolicyDocument).toStrictEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Resource: ['${RawBucket.Arn}', '${RawBucket.Arn}/*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Sid: 'AWSLogDeliveryWrite',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Principal: { Service: 'delivery.logs.amazonaws.com' },
        Resource: '${RawBucket.Arn}/AWSLogs/${AWS::AccountId}/*',
        Condition: {
          StringEquals: {
            'aws:SourceAccount': '${AWS::AccountId}',
            's3:x-amz-acl': 'bucket-owner-full-control',
          },
          ArnLike: { 'aws:SourceArn': logs },
        },
      },
      {
        Sid: 'AWSLogDeliveryCheck',
        Effect: 'Allow',
        Action: 's3:GetBucketAcl',
        Principal: { Service: 'delivery.logs.amazonaws.com' },
        Resource: '${RawBucket.Arn}',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' },
          ArnLike: { 'aws:SourceArn': logs },
        },
      },
    ],
  })
  expect(propertiesOf(stack, 'RawBucket').NotificationConfiguration).toStrictEqual({
    QueueConfigurations: [
      {
        Event: 's3:ObjectCreated:*',
        Queue: '${Queue.Arn}',
        Filter: {
          S3Key: {
            Rules: [
              { Name: 'prefix', Value: 'AWSLogs/' },
              { Name: 'suffix', Value: '.log.gz' },
            ],
          },
        },
      },
    ],
  })
})

test('a message that fails five times ends in the dead letter queue', () => {
  expect(propertiesOf(stack, 'Queue')).toStrictEqual({
    SqsManagedSseEnabled: true,
    VisibilityTimeout: 1800,
    MessageRetentionPeriod: 345_600,
    RedrivePolicy: { deadLetterTargetArn: '${DeadLetterQueue.Arn}', maxReceiveCount: 5 },
  })
  expect(propertiesOf(stack, 'DeadLetterQueue')).toStrictEqual({
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: 1_209_600,
  })
  expect(propertiesOf(stack, 'EventSourceMapping')).toStrictEqual({
    FunctionName: '${Transform}',
    EventSourceArn: '${Queue.Arn}',
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 50 },
  })
})

test('only S3 of this account sends to the queue, and only by TLS', () => {
  expect(propertiesOf(stack, 'QueuePolicy').PolicyDocument).toStrictEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Resource: '${Queue.Arn}',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Resource: '${Queue.Arn}',
        Condition: { StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' } },
      },
    ],
  })
})

test('the function knows the format, the lake and the bucket of failures', () => {
  expect(propertiesOf(stack, 'Transform').Environment).toStrictEqual({
    Variables: {
      LOG_FORMAT: propertiesOf(stack, 'FlowLog').LogFormat,
      LAKE_BUCKET: '${LakeBucket}',
      LAKE_SOURCE: 'flowlogs',
      FAILED_BUCKET: '${FailedBucket}',
    },
  })
})

test('the function reads flow logs and writes below its prefix', () => {
  expect(permissionsOf(stack)).toStrictEqual({
    '${TransformRole}': [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '${TransformLog.Arn}',
      },
      {
        Effect: 'Allow',
        Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        Resource: '${Queue.Arn}',
      },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '${RawBucket.Arn}/AWSLogs/*' },
      {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: ['${LakeBucket.Arn}/ext/flowlogs/*', '${FailedBucket.Arn}/dead-letters/*'],
      },
    ],
  })
})
