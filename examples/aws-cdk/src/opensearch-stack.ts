import { type App, CfnParameter, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { createAlarms } from './alarms.ts'
import { createDeliveryStream } from './delivery-stream.ts'
import { createFlowLog } from './flow-log.ts'
import { createTransformFunction } from './transform-function.ts'

const index = 'ocsf-network-activity'

/** VPC Flow Logs → Firehose, which has a function transform them → OpenSearch Service. */
export function createOpenSearchStack(app: App): Stack {
  const stack = new Stack(app, 'FlowLogsOpenSearch', {
    description: 'VPC Flow Logs through Firehose as OCSF to OpenSearch Service',
  })
  const domain = new CfnParameter(stack, 'DomainArn', {
    description: 'An OpenSearch Service domain whose access policy lets DeliveryRoleArn in',
    allowedPattern: 'arn:[^:]+:es:[^:]+:[0-9]{12}:domain/[^/]+',
  }).valueAsString
  const streamArn = stack.formatArn({
    service: 'firehose',
    resource: 'deliverystream',
    resourceName: stack.stackName,
  })

  const addAlarm = createAlarms(stack)
  const transform = createTransformFunction(stack, addAlarm, {
    entry: import.meta.resolve('../lambda/firehose.ts'),
    hasDeadLetters: false,
    memorySize: 1024,
    timeout: Duration.minutes(1),
    environment: { DELIVERY_STREAM: stack.stackName },
    // What does not fit into one reply goes back to the front of the stream.
    permissions: [
      new PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [streamArn] }),
    ],
  })
  const functionArn = `${transform.functionArn}:$LATEST`

  const stream = createDeliveryStream(stack, addAlarm, {
    metrics: 'DeliveryToAmazonOpenSearchService',
    permissions: [
      new PolicyStatement({
        actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
        resources: [functionArn],
      }),
      new PolicyStatement({
        actions: [
          'es:DescribeDomain',
          'es:DescribeDomainConfig',
          'es:DescribeDomains',
          'es:ESHttpPost',
          'es:ESHttpPut',
        ],
        resources: [domain, `${domain}/*`],
      }),
      // What Firehose looks at, as its guide lists it.
      new PolicyStatement({
        actions: ['es:ESHttpGet'],
        resources: [
          `${domain}/_all/_settings`,
          `${domain}/_cluster/stats`,
          `${domain}/${index}*/_mapping/*`,
          `${domain}/_nodes`,
          `${domain}/_nodes/stats`,
          `${domain}/_nodes/*/stats`,
          `${domain}/_stats`,
          `${domain}/${index}*/_stats`,
        ],
      }),
    ],
    destination: (shared) => ({
      amazonopensearchserviceDestinationConfiguration: {
        ...shared,
        domainArn: domain,
        indexName: index,
        indexRotationPeriod: 'OneDay',
        s3BackupMode: 'FailedDocumentsOnly',
        processingConfiguration: {
          enabled: true,
          processors: [
            {
              type: 'Lambda',
              parameters: [
                { parameterName: 'LambdaArn', parameterValue: functionArn },
                { parameterName: 'RoleArn', parameterValue: shared.roleArn },
                { parameterName: 'NumberOfRetries', parameterValue: '3' },
                // OCSF in base64 is 15 times what comes in, and a reply may have 6 MB.
                { parameterName: 'BufferSizeInMBs', parameterValue: '0.25' },
                { parameterName: 'BufferIntervalInSeconds', parameterValue: '60' },
              ],
            },
          ],
        },
      },
    }),
  })
  createFlowLog(stack, {
    logDestinationType: 'kinesis-data-firehose',
    logDestination: stream.attrArn,
  })
  return stack
}
