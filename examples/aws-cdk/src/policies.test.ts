import { expect, test } from 'vitest'
import { type Resource, resourcesOf, type Statement, stackNames } from './template.test-support.ts'

const all = stackNames.flatMap((stack) =>
  Object.entries(resourcesOf(stack)).map(([name, resource]) => ({ stack, name, ...resource })),
)
const statements = all.flatMap(({ stack, name, Properties }) => {
  const { PolicyDocument, AssumeRolePolicyDocument } = Properties as {
    [document: string]: { Statement: Statement[] } | undefined
  }
  return [...(PolicyDocument?.Statement ?? []), ...(AssumeRolePolicyDocument?.Statement ?? [])].map(
    (statement) => ({ stack, name, ...statement }),
  )
})
const allowing = statements.filter(({ Effect }) => Effect === 'Allow')

// A wildcard stands only behind a prefix that is this stack's own, or as Firehose's guide has it.
const documented = [
  '${DomainArn}/*',
  '${DomainArn}/_nodes/*/stats',
  '${DomainArn}/ocsf-network-activity*/_mapping/*',
  '${DomainArn}/ocsf-network-activity*/_stats',
  '${ErrorBucket.Arn}/*',
  '${FailedBucket.Arn}/aws/lambda/*',
  '${FailedBucket.Arn}/dead-letters/*',
  '${LakeBucket.Arn}/ext/flowlogs/*',
  '${RawBucket.Arn}/AWSLogs/${AWS::AccountId}/*',
  '${RawBucket.Arn}/AWSLogs/*',
]

test('nothing is allowed that has a wildcard for an action', () => {
  expect(allowing.length).toBeGreaterThan(20)
  expect(
    allowing.filter(({ Action }) => [Action].flat().some((each) => each.includes('*'))),
  ).toEqual([])
})

test('the only wildcards in resources are the documented ones', () => {
  const resources = allowing.flatMap(({ Resource = [] }) => [Resource].flat())
  const wild = new Set(resources.filter((each) => each.includes('*')))
  expect([...wild].sort()).toStrictEqual([...documented].sort())
})

test('what a service may do is bound to this account', () => {
  const granted = allowing.filter(({ Principal }) => Principal !== undefined)
  const unbound = granted.filter(
    ({ Condition }) => !JSON.stringify(Condition ?? {}).includes('AccountId'),
  )
  // A function's role is handed to Lambda by whoever may create functions here.
  expect(unbound.map(({ stack, name }) => `${stack}.${name}`)).toStrictEqual([
    'FlowLogsKinesis.TransformRole',
    'FlowLogsOpenSearch.TransformRole',
    'FlowLogsSecurityLake.TransformRole',
  ])
})

test('no role has a policy that AWS manages', () => {
  const roles = ofType('AWS::IAM::Role')
  expect(roles.map(({ Properties }) => Object.keys(Properties))).toEqual(
    roles.map(() => ['AssumeRolePolicyDocument']),
  )
})

test('every bucket is private, encrypted and kept, and refuses what is not TLS', () => {
  const buckets = ofType('AWS::S3::Bucket')
  expect(buckets.map(({ stack, name }) => `${stack}.${name}`)).toStrictEqual([
    'FlowLogsHttpEndpoint.ErrorBucket',
    'FlowLogsKinesis.FailedBucket',
    'FlowLogsOpenSearch.ErrorBucket',
    'FlowLogsSecurityLake.RawBucket',
    'FlowLogsSecurityLake.LakeBucket',
    'FlowLogsSecurityLake.FailedBucket',
  ])
  for (const { stack, name, Properties, DeletionPolicy } of buckets) {
    expect(DeletionPolicy).toBe('Retain')
    const { NotificationConfiguration: _, ...rest } = Properties
    expect(rest).toStrictEqual({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
    })
    const denied = statements.find(
      (each) => each.stack === stack && each.name === `${name}Policy` && each.Effect === 'Deny',
    )
    expect(denied).toStrictEqual({
      stack,
      name: `${name}Policy`,
      Effect: 'Deny',
      Action: 's3:*',
      Principal: { AWS: '*' },
      Resource: [`\${${name}.Arn}`, `\${${name}.Arn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    })
  }
})

test('no log is kept for ever', () => {
  const days = ofType('AWS::Logs::LogGroup').map(({ name, Properties }) => [
    name,
    Properties.RetentionInDays,
  ])
  expect(days).toStrictEqual([
    ['DeliveryLog', 30],
    ['TransformLog', 30],
    ['FlowLogs', 7],
    ['TransformLog', 30],
    ['DeliveryLog', 30],
    ['TransformLog', 30],
  ])
})

function ofType(type: string): (Resource & { stack: string; name: string })[] {
  return all.filter(({ Type }) => Type === type)
}
