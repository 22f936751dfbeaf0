import { expect, test } from 'vitest'
import { resourcesOf, stackNames } from './template.test-support.ts'

const functionAlarms = (stack: string) => ({
  Errors: 'AWS/Lambda Errors Sum of FunctionName=${Transform} > 0',
  Throttles: 'AWS/Lambda Throttles Sum of FunctionName=${Transform} > 0',
  Rejected: `flowlogs ${stack}.rejected Sum > 0`,
  Skipdata: `flowlogs ${stack}.skipdata Sum > 0`,
})
const refused = (stack: string) => ({ Refused: `flowlogs ${stack}.refused Sum > 0` })
const stream = 'of DeliveryStreamName=${DeliveryStream}'
const streamAlarms = (destination: string) => ({
  DeliveryFails: `AWS/Firehose ${destination}.Success Average ${stream} < 1`,
  DeliveryIsLate: `AWS/Firehose ${destination}.DataFreshness Maximum ${stream} > 900`,
  StreamIsFull: `AWS/Firehose ThrottledRecords Sum ${stream} > 0`,
})

test('the alarms of each stack', () => {
  expect(Object.fromEntries(stackNames.map((name) => [name, alarmsOf(name)]))).toStrictEqual({
    FlowLogsOpenSearch: {
      ...functionAlarms('FlowLogsOpenSearch'),
      ...streamAlarms('DeliveryToAmazonOpenSearchService'),
    },
    FlowLogsHttpEndpoint: streamAlarms('DeliveryToHttpEndpoint'),
    FlowLogsKinesis: {
      ...functionAlarms('FlowLogsKinesis'),
      ...refused('FlowLogsKinesis'),
      StreamIsFull:
        'AWS/Kinesis WriteProvisionedThroughputExceeded Sum of StreamName=${Stream} > 0',
      IsBehind: 'AWS/Lambda IteratorAge Maximum of FunctionName=${Transform} > 600000',
    },
    FlowLogsSecurityLake: {
      ...functionAlarms('FlowLogsSecurityLake'),
      ...refused('FlowLogsSecurityLake'),
      GivenUp:
        'AWS/SQS ApproximateNumberOfMessagesVisible Maximum of QueueName=${DeadLetterQueue.QueueName} > 0',
      IsBehind:
        'AWS/SQS ApproximateAgeOfOldestMessage Maximum of QueueName=${Queue.QueueName} > 3600',
    },
  })
})

const ledgerFields = { rejected: 'ledger.rejected', skipdata: 'ledger.skipdata' }
const allFields = { ...ledgerFields, refused: 'refused' }

test.each([
  ['FlowLogsOpenSearch', ledgerFields],
  ['FlowLogsHttpEndpoint', {}],
  ['FlowLogsKinesis', allFields],
  ['FlowLogsSecurityLake', allFields],
])('the metrics of %s come from the log of its function', (name, fields) => {
  const filters = Object.values(resourcesOf(name)).filter(
    ({ Type }) => Type === 'AWS::Logs::MetricFilter',
  )
  expect(filters.map(({ Properties }) => Properties)).toStrictEqual(
    Object.entries(fields).map(([metric, field]) => ({
      LogGroupName: '${TransformLog}',
      FilterPattern: `{ $.${field} > 0 }`,
      MetricTransformations: [
        {
          MetricNamespace: 'flowlogs',
          MetricName: `${name}.${metric}`,
          MetricValue: `$.${field}`,
        },
      ],
    })),
  )
})

/** Alarms as words; what they have in common is checked here. */
function alarmsOf(stackName: string): Record<string, string> {
  const alarms = Object.entries(resourcesOf(stackName)).filter(
    ([, { Type }]) => Type === 'AWS::CloudWatch::Alarm',
  )
  return Object.fromEntries(
    alarms.map(([name, { Properties }]) => {
      const { Namespace, MetricName, Statistic, Dimensions, Threshold, ...rest } =
        Properties as Record<string, string> & { Dimensions?: { Name: string; Value: string }[] }
      const { ComparisonOperator, ...common } = rest
      expect(common).toStrictEqual({
        AlarmDescription: expect.any(String),
        AlarmActions: ['${Alarms}'],
        EvaluationPeriods: 1,
        Period: 300,
        TreatMissingData: 'notBreaching',
      })
      const of = Dimensions?.map(({ Name, Value }) => ` of ${Name}=${Value}`).join('') ?? ''
      const sign = { GreaterThanThreshold: '>', LessThanThreshold: '<' }[ComparisonOperator!]
      return [name, `${Namespace} ${MetricName} ${Statistic}${of} ${sign} ${Threshold}`]
    }),
  )
}
