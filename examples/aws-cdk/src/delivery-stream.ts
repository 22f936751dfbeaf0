import { ArnFormat, CfnOutput, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnDeliveryStream, type CfnDeliveryStreamProps } from 'aws-cdk-lib/aws-kinesisfirehose'
import { LogGroup, LogStream, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { AddAlarm } from './alarms.ts'
import { createPrivateBucket } from './private-bucket.ts'

/** What every destination is told. */
interface Shared {
  readonly roleArn: string
  /** Where Firehose puts what it could not deliver. */
  readonly s3Configuration: CfnDeliveryStream.S3DestinationConfigurationProperty
  readonly cloudWatchLoggingOptions: CfnDeliveryStream.CloudWatchLoggingOptionsProperty
  readonly bufferingHints: { readonly intervalInSeconds: number; readonly sizeInMBs: number }
  readonly retryOptions: { readonly durationInSeconds: number }
}

/** What is particular to one destination. */
export interface DeliveryStreamOptions {
  /** As in the names of its metrics. */
  readonly metrics: 'DeliveryToAmazonOpenSearchService' | 'DeliveryToHttpEndpoint'
  /** What Firehose may do beyond using the error bucket and its log. */
  readonly permissions: readonly PolicyStatement[]
  readonly destination: (shared: Shared) => CfnDeliveryStreamProps
}

/** Creates a Firehose stream that flow logs are sent to, with an error bucket, a log and alarms. */
export function createDeliveryStream(
  stack: Stack,
  addAlarm: AddAlarm,
  { metrics, permissions, destination }: DeliveryStreamOptions,
): CfnDeliveryStream {
  const bucket = createPrivateBucket(stack, 'ErrorBucket')
  const logGroup = new LogGroup(stack, 'DeliveryLog', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const logStream = new LogStream(stack, 'DeliveryLogStream', {
    logGroup,
    logStreamName: 'delivery',
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(stack, 'DeliveryRole', {
    assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  })
  const permitted = [
    new PolicyStatement({
      actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
    new PolicyStatement({
      actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      resources: [bucket.arnForObjects('*')],
    }),
    new PolicyStatement({
      actions: ['logs:PutLogEvents'],
      resources: [
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: `${logGroup.logGroupName}:log-stream:${logStream.logStreamName}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
    ...permissions,
  ]
  for (const statement of permitted) role.addToPolicy(statement)

  const cloudWatchLoggingOptions = {
    enabled: true,
    logGroupName: logGroup.logGroupName,
    logStreamName: logStream.logStreamName,
  }
  const stream = new CfnDeliveryStream(stack, 'DeliveryStream', {
    deliveryStreamName: stack.stackName,
    deliveryStreamType: 'DirectPut',
    deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
    // The role of AWS's log delivery may write to streams with this tag.
    tags: [{ key: 'LogDeliveryEnabled', value: 'true' }],
    ...destination({
      roleArn: role.roleArn,
      s3Configuration: {
        bucketArn: bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: 'backup/',
        errorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        compressionFormat: 'GZIP',
        cloudWatchLoggingOptions,
      },
      cloudWatchLoggingOptions,
      bufferingHints: { intervalInSeconds: 60, sizeInMBs: 5 },
      // The longest that Firehose keeps trying; then the error bucket has it.
      retryOptions: { durationInSeconds: 7200 },
    }),
  })
  // Firehose tries its role when the stream is created.
  stream.node.addDependency(role)

  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: stream.ref },
      statistic,
      period: Duration.minutes(5),
    })
  addAlarm('DeliveryFails', 'Firehose is refused', metric(`${metrics}.Success`, Stats.AVERAGE), {
    below: 1,
  })
  addAlarm(
    'DeliveryIsLate',
    'The oldest record that Firehose has not delivered is 15 minutes old',
    metric(`${metrics}.DataFreshness`, Stats.MAXIMUM),
    { above: 900 },
  )
  addAlarm(
    'StreamIsFull',
    'More comes than the quota of the stream allows',
    metric('ThrottledRecords', Stats.SUM),
    { above: 0 },
  )
  new CfnOutput(stack, 'DeliveryStreamName', { value: stream.ref })
  new CfnOutput(stack, 'DeliveryRoleArn', { value: role.roleArn })
  new CfnOutput(stack, 'ErrorBucketName', {
    value: bucket.bucketName,
    description: 'What Firehose could not deliver, or the function could not read',
  })
  return stream
}
