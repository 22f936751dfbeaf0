import { expect, test } from 'vitest'
import { permissionsOf, propertiesOf, resourcesOf } from './template.test-support.ts'

const stack = 'FlowLogsHttpEndpoint'

test('the flow log goes to the stream', () => {
  expect(propertiesOf(stack, 'FlowLog')).toStrictEqual({
    ...propertiesOf('FlowLogsOpenSearch', 'FlowLog'),
    LogDestination: '${DeliveryStream.Arn}',
  })
})

test('the stream delivers to the endpoint, with the key from Secrets Manager', () => {
  const { HttpEndpointDestinationConfiguration, ...rest } = propertiesOf(stack, 'DeliveryStream')
  const logging = {
    Enabled: true,
    LogGroupName: '${DeliveryLog}',
    LogStreamName: '${DeliveryLogStream}',
  }
  expect(rest).toStrictEqual({
    DeliveryStreamName: stack,
    DeliveryStreamType: 'DirectPut',
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
    Tags: [{ Key: 'LogDeliveryEnabled', Value: 'true' }],
  })
  expect(HttpEndpointDestinationConfiguration).toStrictEqual({
    RoleARN: '${DeliveryRole.Arn}',
    EndpointConfiguration: { Name: 'flowlogs', Url: '${EndpointUrl}' },
    SecretsManagerConfiguration: {
      Enabled: true,
      SecretARN: '${AccessKey}',
      RoleARN: '${DeliveryRole.Arn}',
    },
    RequestConfiguration: {
      ContentEncoding: 'GZIP',
      CommonAttributes: [
        { AttributeName: 'account', AttributeValue: '${AWS::AccountId}' },
        { AttributeName: 'region', AttributeValue: '${AWS::Region}' },
      ],
    },
    BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 5 },
    RetryOptions: { DurationInSeconds: 7200 },
    S3BackupMode: 'FailedDataOnly',
    S3Configuration: {
      BucketARN: '${ErrorBucket.Arn}',
      RoleARN: '${DeliveryRole.Arn}',
      Prefix: 'backup/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
      CompressionFormat: 'GZIP',
      CloudWatchLoggingOptions: logging,
    },
    CloudWatchLoggingOptions: logging,
  })
})

test('the key is made by Secrets Manager, in the shape that Firehose reads', () => {
  expect(propertiesOf(stack, 'AccessKey')).toStrictEqual({
    Description: 'The access key that Firehose sends with each request',
    GenerateSecretString: {
      SecretStringTemplate: '{}',
      GenerateStringKey: 'api_key',
      ExcludePunctuation: true,
      PasswordLength: 64,
    },
  })
})

test('Firehose may use its bucket, its log and the key', () => {
  expect(permissionsOf(stack)).toStrictEqual({
    '${DeliveryRole}': [
      ...permissionsOf('FlowLogsOpenSearch')['${DeliveryRole}']!.slice(0, 3),
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: '${AccessKey}',
      },
    ],
  })
})

test('there is no function', () => {
  const types = Object.values(resourcesOf(stack)).map(({ Type }) => Type)
  expect(types).not.toContain('AWS::Lambda::Function')
})
