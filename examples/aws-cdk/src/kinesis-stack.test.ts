import { expect, test } from 'vitest'
import { permissionsOf, propertiesOf } from './template.test-support.ts'

const stack = 'FlowLogsKinesis'

test('the flow log goes to the log group', () => {
  expect(propertiesOf(stack, 'FlowLog')).toStrictEqual({
    ...propertiesOf('FlowLogsOpenSearch', 'FlowLog'),
    LogDestinationType: 'cloud-watch-logs',
    LogDestination: '${FlowLogs.Arn}',
    DeliverLogsPermissionArn: '${FlowLogRole.Arn}',
  })
})

test('the log group passes everything on to the stream', () => {
  expect(propertiesOf(stack, 'Subscription')).toStrictEqual({
    LogGroupName: '${FlowLogs}',
    FilterPattern: '',
    DestinationArn: '${Stream.Arn}',
    RoleArn: '${SubscriptionRole.Arn}',
    Distribution: 'Random',
  })
  expect(propertiesOf(stack, 'Stream')).toStrictEqual({
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    RetentionPeriodHours: 72,
    StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
  })
})

test('the function gets batches, and only what it did not store comes again', () => {
  expect(propertiesOf(stack, 'EventSourceMapping')).toStrictEqual({
    FunctionName: '${Transform}',
    EventSourceArn: '${Stream.Arn}',
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 1000,
    MaximumBatchingWindowInSeconds: 5,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: 259_200,
    DestinationConfig: { OnFailure: { Destination: '${FailedBucket.Arn}' } },
  })
})

test('the function knows the format, the domain and the bucket', () => {
  expect(propertiesOf(stack, 'Transform').Environment).toStrictEqual({
    Variables: {
      LOG_FORMAT: propertiesOf(stack, 'FlowLog').LogFormat,
      OPENSEARCH_URL: '${DomainEndpoint}',
      OPENSEARCH_INDEX: 'ocsf-network-activity',
      FAILED_BUCKET: '${FailedBucket}',
    },
  })
})

test('each role may do what it has to, and nothing else', () => {
  expect(permissionsOf(stack)).toStrictEqual({
    '${TransformRole}': [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '${TransformLog.Arn}',
      },
      {
        Effect: 'Allow',
        Action: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        Resource: '${Stream.Arn}',
      },
      {
        Effect: 'Allow',
        Action: 'es:ESHttpPost',
        Resource: '${DomainArn}/ocsf-network-activity/_bulk',
      },
      {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: ['${FailedBucket.Arn}/dead-letters/*', '${FailedBucket.Arn}/aws/lambda/*'],
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: '${FailedBucket.Arn}' },
    ],
    '${FlowLogRole}': [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        Resource: '${FlowLogs.Arn}',
      },
    ],
    '${SubscriptionRole}': [
      { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '${Stream.Arn}' },
    ],
  })
})

test('only the flow logs and log groups of this account take their roles', () => {
  const trust = (name: string) => propertiesOf(stack, name).AssumeRolePolicyDocument
  expect([trust('FlowLogRole'), trust('SubscriptionRole')]).toStrictEqual([
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' },
            ArnLike: {
              'aws:SourceArn':
                'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*',
            },
          },
        },
      ],
    },
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'logs.amazonaws.com' },
          Condition: {
            ArnLike: {
              'aws:SourceArn': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*',
            },
          },
        },
      ],
    },
  ])
})
