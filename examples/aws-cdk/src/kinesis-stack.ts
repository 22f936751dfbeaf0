import { type App, CfnOutput, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis'
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { CfnSubscriptionFilter, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { createAlarms } from './alarms.ts'
import { createFlowLog } from './flow-log.ts'
import { createPrivateBucket } from './private-bucket.ts'
import { createTransformFunction } from './transform-function.ts'

const index = 'ocsf-network-activity'
/** How long OpenSearch may be away before records are given up. */
const retention = Duration.days(3)

/** VPC Flow Logs → CloudWatch Logs → a Kinesis stream → a function → OpenSearch Service. */
export function createKinesisStack(app: App): Stack {
  const stack = new Stack(app, 'FlowLogsKinesis', {
    description: 'VPC Flow Logs through CloudWatch Logs and Kinesis as OCSF to OpenSearch Service',
  })
  const domain = new CfnParameter(stack, 'DomainArn', {
    description: 'An OpenSearch Service domain whose access policy lets TransformRoleArn in',
    allowedPattern: 'arn:[^:]+:es:[^:]+:[0-9]{12}:domain/[^/]+',
  }).valueAsString
  const url = new CfnParameter(stack, 'DomainEndpoint', {
    description: 'The URL of that domain',
    allowedPattern: 'https://.+',
  }).valueAsString

  const stream = new Stream(stack, 'Stream', {
    streamMode: StreamMode.ON_DEMAND,
    encryption: StreamEncryption.MANAGED,
    retentionPeriod: retention,
  })
  const failed = createPrivateBucket(stack, 'FailedBucket')

  const addAlarm = createAlarms(stack)
  const transform = createTransformFunction(stack, addAlarm, {
    entry: import.meta.resolve('../lambda/kinesis.ts'),
    hasDeadLetters: true,
    memorySize: 1769,
    timeout: Duration.minutes(2),
    environment: {
      OPENSEARCH_URL: url,
      OPENSEARCH_INDEX: index,
      FAILED_BUCKET: failed.bucketName,
    },
    permissions: [
      new PolicyStatement({
        actions: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        resources: [stream.streamArn],
      }),
      new PolicyStatement({
        actions: ['es:ESHttpPost'],
        resources: [`${domain}/${index}/_bulk`],
      }),
      new PolicyStatement({
        actions: ['s3:PutObject'],
        // The second is where Lambda puts the batches that it gives up.
        resources: [failed.arnForObjects('dead-letters/*'), failed.arnForObjects('aws/lambda/*')],
      }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [failed.bucketArn] }),
    ],
  })
  const mapping = new CfnEventSourceMapping(stack, 'EventSourceMapping', {
    functionName: transform.functionName,
    eventSourceArn: stream.streamArn,
    startingPosition: 'TRIM_HORIZON',
    batchSize: 1000,
    maximumBatchingWindowInSeconds: 5,
    functionResponseTypes: ['ReportBatchItemFailures'],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: -1,
    maximumRecordAgeInSeconds: retention.toSeconds(),
    destinationConfig: { onFailure: { destination: failed.bucketArn } },
  })
  // Lambda tries the function's role when the mapping is created.
  mapping.node.addDependency(transform)
  addAlarm(
    'IsBehind',
    'The oldest record of a batch is 10 minutes old',
    new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'IteratorAge',
      dimensionsMap: { FunctionName: transform.functionName },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
    }),
    { above: Duration.minutes(10).toMilliseconds() },
  )
  addAlarm(
    'StreamIsFull',
    'More comes than the stream takes; CloudWatch Logs tries again for a day',
    new Metric({
      namespace: 'AWS/Kinesis',
      metricName: 'WriteProvisionedThroughputExceeded',
      dimensionsMap: { StreamName: stream.streamName },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    }),
    { above: 0 },
  )

  subscribe(stack, stream)
  new CfnOutput(stack, 'TransformRoleArn', { value: transform.role?.roleArn ?? '' })
  new CfnOutput(stack, 'FailedBucketName', {
    value: failed.bucketName,
    description: 'Refused events and bad lines, and the batches that were given up',
  })
  return stack
}

/** The log group that the flow log writes to, and the filter that passes it on to the stream. */
function subscribe(stack: Stack, stream: Stream): void {
  const logGroup = new LogGroup(stack, 'FlowLogs', {
    retention: RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const writer = new Role(stack, 'FlowLogRole', {
    assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'ec2',
            resource: 'vpc-flow-log',
            resourceName: '*',
          }),
        },
      },
    }),
  })
  writer.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  )
  createFlowLog(stack, {
    logDestinationType: 'cloud-watch-logs',
    logDestination: logGroup.logGroupArn,
    deliverLogsPermissionArn: writer.roleArn,
  }).node.addDependency(writer)

  const reader = new Role(stack, 'SubscriptionRole', {
    assumedBy: new ServicePrincipal('logs.amazonaws.com', {
      conditions: {
        ArnLike: {
          'aws:SourceArn': stack.formatArn({ service: 'logs', resource: '*' }),
        },
      },
    }),
  })
  reader.addToPolicy(
    new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [stream.streamArn] }),
  )
  new CfnSubscriptionFilter(stack, 'Subscription', {
    logGroupName: logGroup.logGroupName,
    filterPattern: '',
    destinationArn: stream.streamArn,
    roleArn: reader.roleArn,
    // By log stream, one busy interface would fill one shard.
    distribution: 'Random',
  }).node.addDependency(reader)
}
