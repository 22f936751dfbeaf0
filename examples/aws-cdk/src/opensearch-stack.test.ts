import { expect, test } from 'vitest'
import { permissionsOf, propertiesOf } from './template.test-support.ts'

const stack = 'FlowLogsOpenSearch'
const functionArn = '${Transform.Arn}:$LATEST'

test('the flow log goes to the stream, with all fields of version 5', () => {
  expect(propertiesOf(stack, 'FlowLog')).toStrictEqual({
    ResourceType: 'VPC',
    ResourceId: '${VpcId}',
    TrafficType: 'ALL',
    LogFormat:
      '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type} ${pkt-srcaddr} ${pkt-dstaddr} ${region} ${az-id} ${sublocation-type} ${sublocation-id} ${pkt-src-aws-service} ${pkt-dst-aws-service} ${flow-direction} ${traffic-path}',
    MaxAggregationInterval: 60,
    LogDestinationType: 'kinesis-data-firehose',
    LogDestination: '${DeliveryStream.Arn}',
  })
})

test('the function knows the format and the stream', () => {
  const { Environment, Runtime, Architectures, MemorySize, Timeout, Handler } = propertiesOf(
    stack,
    'Transform',
  )
  expect({ Environment, Runtime, Architectures, MemorySize, Timeout, Handler }).toStrictEqual({
    Environment: {
      Variables: {
        LOG_FORMAT: propertiesOf(stack, 'FlowLog').LogFormat,
        DELIVERY_STREAM: propertiesOf(stack, 'DeliveryStream').DeliveryStreamName,
      },
    },
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    MemorySize: 1024,
    Timeout: 60,
    Handler: 'index.handler',
  })
})

test('the stream has its records transformed and delivers them to OpenSearch Service', () => {
  const logging = {
    Enabled: true,
    LogGroupName: '${DeliveryLog}',
    LogStreamName: '${DeliveryLogStream}',
  }
  expect(propertiesOf(stack, 'DeliveryStream')).toStrictEqual({
    DeliveryStreamName: stack,
    DeliveryStreamType: 'DirectPut',
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
    Tags: [{ Key: 'LogDeliveryEnabled', Value: 'true' }],
    AmazonopensearchserviceDestinationConfiguration: {
      RoleARN: '${DeliveryRole.Arn}',
      DomainARN: '${DomainArn}',
      IndexName: 'ocsf-network-activity',
      IndexRotationPeriod: 'OneDay',
      BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 5 },
      RetryOptions: { DurationInSeconds: 7200 },
      S3BackupMode: 'FailedDocumentsOnly',
      S3Configuration: {
        BucketARN: '${ErrorBucket.Arn}',
        RoleARN: '${DeliveryRole.Arn}',
        Prefix: 'backup/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        CompressionFormat: 'GZIP',
        CloudWatchLoggingOptions: logging,
      },
      CloudWatchLoggingOptions: logging,
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: 'Lambda',
            Parameters: [
              { ParameterName: 'LambdaArn', ParameterValue: functionArn },
              { ParameterName: 'RoleArn', ParameterValue: '${DeliveryRole.Arn}' },
              { ParameterName: 'NumberOfRetries', ParameterValue: '3' },
              { ParameterName: 'BufferSizeInMBs', ParameterValue: '0.25' },
              { ParameterName: 'BufferIntervalInSeconds', ParameterValue: '60' },
            ],
          },
        ],
      },
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
        Action: 'firehose:PutRecordBatch',
        Resource:
          'arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/FlowLogsOpenSearch',
      },
    ],
    '${DeliveryRole}': [
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        Resource: '${ErrorBucket.Arn}',
      },
      {
        Effect: 'Allow',
        Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        Resource: '${ErrorBucket.Arn}/*',
      },
      {
        Effect: 'Allow',
        Action: 'logs:PutLogEvents',
        Resource:
          'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${DeliveryLog}:log-stream:${DeliveryLogStream}',
      },
      {
        Effect: 'Allow',
        Action: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
        Resource: functionArn,
      },
      {
        Effect: 'Allow',
        Action: [
          'es:DescribeDomain',
          'es:DescribeDomainConfig',
          'es:DescribeDomains',
          'es:ESHttpPost',
          'es:ESHttpPut',
        ],
        Resource: ['${DomainArn}', '${DomainArn}/*'],
      },
      {
        Effect: 'Allow',
        Action: 'es:ESHttpGet',
        Resource: [
          '${DomainArn}/_all/_settings',
          '${DomainArn}/_cluster/stats',
          '${DomainArn}/ocsf-network-activity*/_mapping/*',
          '${DomainArn}/_nodes',
          '${DomainArn}/_nodes/stats',
          '${DomainArn}/_nodes/*/stats',
          '${DomainArn}/_stats',
          '${DomainArn}/ocsf-network-activity*/_stats',
        ],
      },
    ],
  })
})

test('only Firehose of this account takes its role', () => {
  expect(propertiesOf(stack, 'DeliveryRole')).toStrictEqual({
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'firehose.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' } },
        },
      ],
    },
  })
})
