import { CfnOutput, type Stack } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'

/** When to raise an alarm: once the metric is above or below a threshold for a whole period. */
type Threshold = { readonly above: number } | { readonly below: number }

/** Adds an alarm to a stack. */
export type AddAlarm = (id: string, description: string, metric: Metric, when: Threshold) => void

/** Creates the topic that the alarms of a stack go to, and what adds alarms. */
export function createAlarms(stack: Stack): AddAlarm {
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true })
  // A topic with a policy of its own has lost the one that lets the account's alarms in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      actions: ['sns:Publish'],
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  )
  new CfnOutput(stack, 'AlarmTopicArn', {
    value: topic.topicArn,
    description: 'Subscribe to it, or nobody hears the alarms',
  })

  return (id, alarmDescription, metric, when) => {
    const isAbove = 'above' in when
    new Alarm(stack, id, {
      alarmDescription,
      metric,
      threshold: isAbove ? when.above : when.below,
      comparisonOperator: isAbove
        ? ComparisonOperator.GREATER_THAN_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic))
  }
}
