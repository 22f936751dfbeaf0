import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { AddAlarm } from './alarms.ts'
import { bundle } from './bundle.ts'
import { logFormat } from './log-format.ts'

/** What is particular to one function. */
export interface TransformFunctionOptions {
  /** The URL of its source. */
  readonly entry: string
  readonly memorySize: number
  readonly timeout: Duration
  readonly environment: Readonly<Record<string, string>>
  /** What it may do beyond writing its log. */
  readonly permissions: readonly PolicyStatement[]
  /** Whether it keeps what its destination refuses, and logs it. */
  readonly hasDeadLetters: boolean
}

/** Creates a function that transforms flow logs, with its log, its metrics and their alarms. */
export function createTransformFunction(
  stack: Stack,
  addAlarm: AddAlarm,
  options: TransformFunctionOptions,
): LambdaFunction {
  const { entry, memorySize, timeout, environment, permissions } = options
  const logGroup = new LogGroup(stack, 'TransformLog', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(stack, 'TransformRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  })
  const permitted = [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    ...permissions,
  ]
  for (const statement of permitted) role.addToPolicy(statement)

  const transform = new LambdaFunction(stack, 'Transform', {
    code: bundle(entry),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize,
    timeout,
    role,
    logGroup,
    environment: { LOG_FORMAT: logFormat, ...environment },
  })

  const { functionName } = transform
  const dimensionsMap = { FunctionName: functionName }
  const period = Duration.minutes(5)
  const lambdaMetric = (metricName: string) =>
    new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, statistic: Stats.SUM, period })
  addAlarm('Errors', 'The function failed', lambdaMetric('Errors'), { above: 0 })
  addAlarm('Throttles', 'Too many run at once', lambdaMetric('Throttles'), { above: 0 })

  // The function logs the ledger of each invocation.
  const logMetric = (name: string, field: string) =>
    new MetricFilter(stack, `Logged-${name}`, {
      logGroup,
      filterPattern: FilterPattern.numberValue(`$.${field}`, '>', 0),
      metricNamespace: 'flowlogs',
      metricName: `${stack.stackName}.${name}`,
      metricValue: `$.${field}`,
    }).metric({ statistic: Stats.SUM, period })
  const rejected = logMetric('rejected', 'ledger.rejected')
  const skipdata = logMetric('skipdata', 'ledger.skipdata')
  addAlarm('Rejected', 'Lines that are no flow log', rejected, { above: 0 })
  addAlarm('Skipdata', 'AWS has lost flow log records', skipdata, { above: 0 })
  if (options.hasDeadLetters) {
    const refused = logMetric('refused', 'refused')
    addAlarm('Refused', 'Events that the destination will not take', refused, { above: 0 })
  }
  return transform
}
