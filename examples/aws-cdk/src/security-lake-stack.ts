import { type App, CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { createAlarms } from './alarms.ts'
import { createFlowLog } from './flow-log.ts'
import { createPrivateBucket } from './private-bucket.ts'
import { createTransformFunction } from './transform-function.ts'

const source = 'flowlogs'
const timeout = Duration.minutes(5)

/** VPC Flow Logs → S3 → SQS → a function → Parquet objects laid out for Security Lake. */
export function createSecurityLakeStack(app: App): Stack {
  const stack = new Stack(app, 'FlowLogsSecurityLake', {
    description: 'VPC Flow Logs in S3 as OCSF in the layout of Security Lake',
  })
  const deadLetters = createQueue(stack, 'DeadLetterQueue', { retentionPeriod: Duration.days(14) })
  const queue = createQueue(stack, 'Queue', {
    // What Lambda asks for at least.
    visibilityTimeout: Duration.minutes(6 * timeout.toMinutes()),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
  })
  const raw = createRawBucket(stack, queue)
  const lake = createPrivateBucket(stack, 'LakeBucket')
  const failed = createPrivateBucket(stack, 'FailedBucket')

  const addAlarm = createAlarms(stack)
  const transform = createTransformFunction(stack, addAlarm, {
    entry: import.meta.resolve('../lambda/s3.ts'),
    hasDeadLetters: true,
    memorySize: 2048,
    timeout,
    environment: {
      LAKE_BUCKET: lake.bucketName,
      LAKE_SOURCE: source,
      FAILED_BUCKET: failed.bucketName,
    },
    permissions: [
      new PolicyStatement({
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [queue.queueArn],
      }),
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [raw.arnForObjects('AWSLogs/*')],
      }),
      new PolicyStatement({
        actions: ['s3:PutObject'],
        resources: [lake.arnForObjects(`ext/${source}/*`), failed.arnForObjects('dead-letters/*')],
      }),
    ],
  })
  const mapping = new CfnEventSourceMapping(stack, 'EventSourceMapping', {
    functionName: transform.functionName,
    eventSourceArn: queue.queueArn,
    batchSize: 1,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: 50 },
  })
  mapping.node.addDependency(transform)

  const depth = (target: Queue, metricName: string) =>
    new Metric({
      namespace: 'AWS/SQS',
      metricName,
      dimensionsMap: { QueueName: target.queueName },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
    })
  addAlarm(
    'GivenUp',
    'Objects that could not be stored in five attempts',
    depth(deadLetters, 'ApproximateNumberOfMessagesVisible'),
    { above: 0 },
  )
  addAlarm(
    'IsBehind',
    'The oldest object that waits is an hour old',
    depth(queue, 'ApproximateAgeOfOldestMessage'),
    { above: 3600 },
  )
  new CfnOutput(stack, 'LakeLocation', { value: lake.s3UrlForObject(`ext/${source}/`) })
  new CfnOutput(stack, 'DeadLetterQueueUrl', { value: deadLetters.queueUrl })
  new CfnOutput(stack, 'FailedBucketName', {
    value: failed.bucketName,
    description: 'Refused events and bad lines',
  })
  return stack
}

function createQueue(
  stack: Stack,
  id: string,
  options: ConstructorParameters<typeof Queue>[2],
): Queue {
  return new Queue(stack, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    ...options,
  })
}

/** The bucket that the flow log writes to, which tells the queue of each new object. */
function createRawBucket(stack: Stack, queue: Queue): Bucket {
  // Nothing here may depend on the bucket, which S3 creates only if it may send to the queue.
  queue.addToResourcePolicy(
    new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  )
  const bucket = createPrivateBucket(stack, 'RawBucket')
  const resource = bucket.node.defaultChild as CfnBucket
  resource.notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: {
          s3Key: {
            rules: [
              { name: 'prefix', value: 'AWSLogs/' },
              { name: 'suffix', value: '.log.gz' },
            ],
          },
        },
      },
    ],
  }
  resource.node.addDependency(queue)

  const conditions = {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'logs', resource: '*' }) },
  }
  const principals = [new ServicePrincipal('delivery.logs.amazonaws.com')]
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AWSLogDeliveryWrite',
      effect: Effect.ALLOW,
      principals,
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`AWSLogs/${stack.account}/*`)],
      conditions: {
        ...conditions,
        StringEquals: {
          ...conditions.StringEquals,
          's3:x-amz-acl': 'bucket-owner-full-control',
        },
      },
    }),
  )
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AWSLogDeliveryCheck',
      principals,
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
      conditions,
    }),
  )
  const flowLog = createFlowLog(stack, {
    logDestinationType: 's3',
    logDestination: bucket.bucketArn,
  })
  if (bucket.policy) flowLog.node.addDependency(bucket.policy)
  return bucket
}
