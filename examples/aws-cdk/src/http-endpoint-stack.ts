import { type App, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { createAlarms } from './alarms.ts'
import { createDeliveryStream } from './delivery-stream.ts'
import { createFlowLog } from './flow-log.ts'

/** VPC Flow Logs → Firehose → an HTTP endpoint, such as `flowlogs serve`. */
export function createHttpEndpointStack(app: App): Stack {
  const stack = new Stack(app, 'FlowLogsHttpEndpoint', {
    description: 'VPC Flow Logs through Firehose to an HTTP endpoint',
  })
  const url = new CfnParameter(stack, 'EndpointUrl', {
    description: 'Where flowlogs serve listens, behind a certificate that Firehose trusts',
    allowedPattern: 'https://.+',
  }).valueAsString
  const accessKey = new Secret(stack, 'AccessKey', {
    description: 'The access key that Firehose sends with each request',
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'api_key',
      excludePunctuation: true,
      passwordLength: 64,
    },
  })

  const stream = createDeliveryStream(stack, createAlarms(stack), {
    metrics: 'DeliveryToHttpEndpoint',
    permissions: [
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [accessKey.secretArn],
      }),
    ],
    destination: (shared) => ({
      httpEndpointDestinationConfiguration: {
        ...shared,
        endpointConfiguration: { name: 'flowlogs', url },
        secretsManagerConfiguration: {
          enabled: true,
          secretArn: accessKey.secretArn,
          roleArn: shared.roleArn,
        },
        requestConfiguration: {
          contentEncoding: 'GZIP',
          // A flow log that is sent straight to Firehose does not say whose it is.
          commonAttributes: [
            { attributeName: 'account', attributeValue: stack.account },
            { attributeName: 'region', attributeValue: stack.region },
          ],
        },
        s3BackupMode: 'FailedDataOnly',
      },
    }),
  })
  createFlowLog(stack, {
    logDestinationType: 'kinesis-data-firehose',
    logDestination: stream.attrArn,
  })
  new CfnOutput(stack, 'AccessKeySecretArn', {
    value: accessKey.secretArn,
    description: 'Its api_key is the access key that flowlogs serve has to ask for',
  })
  return stack
}
