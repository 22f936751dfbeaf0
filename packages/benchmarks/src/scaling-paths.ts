/** Plans: what each way from AWS to a SIEM takes for a volume of flow logs. */
import type { Figures } from './scaling-figures.ts'
import { prices, quotas, type Tiered, toTieredCost, vendedLogs } from './scaling-prices.ts'

/** What is taken as given. */
export const assumptions: Readonly<
  Record<'peak' | 'utilisation' | 'daysPerMonth' | 'replicas' | 'replicaMemory', number>
> = {
  /** The busiest minutes against the average of the day. */
  peak: 3,
  /** How busy a core may be in the busiest minutes, where cores are there all the time. */
  utilisation: 0.6,
  daysPerMonth: 30,
  /** The smallest number of replicas: one may fail. */
  replicas: 2,
  /** Gigabytes of memory of a replica, which has one vCPU. */
  replicaMemory: 2,
}

// What examples/aws-cdk and the sinks are set to.
const settings = {
  transformationBytes: 250_000,
  transformationMemory: 1024,
  kinesisMemory: 1769,
  kinesisRecords: 1_000,
  kinesisSeconds: 5,
  kinesisRetentionDays: 3,
  logDays: 7,
  lakeMemory: 2048,
  lakeConcurrency: 50,
  lakeTimeout: 300,
  lakeBatchBytes: 64 * 1024 * 1024,
  bulkBytes: 8 * 1024 * 1024,
  hecBytes: 1_000_000,
}

/** A day's flow logs. */
export interface Load {
  readonly gigabytes: number
  /** Lines a second: of the day's average, and of the busiest minutes. */
  readonly average: number
  readonly peak: number
}

/** What a way takes: rows of a table, what of its limits it uses, and dollars a day. */
interface Plan {
  readonly rows: Readonly<Record<string, string>>
  /** Shares of limits, 1 being all of it. */
  readonly limits: Readonly<Record<string, number>>
  readonly costs: Readonly<Record<string, number>>
}

/** One way. */
export type Way = (load: Load, figures: Figures) => Plan

/** The load of so many gigabytes a day. */
export function toLoad(gigabytes: number, { bytes }: Figures): Load {
  const average = (gigabytes * 1e9) / bytes.line / 86_400
  return { gigabytes, average, peak: average * assumptions.peak }
}

/** VPC → Firehose → an HTTP endpoint: Firehose's part. */
export const firehoseToEndpoint: Way = (load, { bytes }) => {
  const bytesPerSecond = load.peak * bytes.direct
  return {
    rows: {
      'into Firehose at peak': rate(bytesPerSecond),
      'streams at the default quota, or the quota to ask for': streams(bytesPerSecond),
      buffer: '5 MiB or 60 s',
      'requests/s at peak': number(Math.max(load.peak / quotas.requestRecords.value, 1 / 60)),
      'bytes of a full request, before gzip': size(
        (quotas.requestRecords.value * bytes.direct * 4) / 3,
      ),
    },
    limits: firehoseLimits(load, bytesPerSecond),
    costs: firehoseCosts(load, bytes),
  }
}

/** `flowlogs serve` → OpenSearch or Splunk. */
export const serve: Way = (load, { bytes, cpu }) => {
  const microseconds = cpu.endpoint + cpu.bulk
  const cores = (load.peak * microseconds) / 1e6
  const replicas = Math.max(assumptions.replicas, Math.ceil(cores / assumptions.utilisation))
  const perHour = prices.fargateCore.value + assumptions.replicaMemory * prices.fargateMemory.value
  return {
    rows: {
      'CPU per line': `${microseconds.toFixed(0)} µs`,
      'lines/s that one core takes': number(1e6 / microseconds),
      'cores busy at peak': number(cores),
      'replicas of 1 vCPU and 2 GB': number(replicas),
      'OpenSearch: documents/s at peak': number(load.peak),
      'OpenSearch: `_bulk` at peak, before and after gzip': `${rate(load.peak * bytes.event)}, ${rate(load.peak * bytes.bulk)}`,
      'OpenSearch: requests/s of 8 MiB at peak': number(
        (load.peak * bytes.event) / settings.bulkBytes,
      ),
      'Splunk: HEC requests/s of 1 MB at peak': number(
        (load.peak * bytes.event) / settings.hecBytes,
      ),
    },
    limits: {
      'the cores of the replicas': cores / replicas,
    },
    costs: { Fargate: replicas * 24 * perHour },
  }
}

/** VPC → Firehose → a function → OpenSearch Service. */
export const firehoseToOpenSearch: Way = (load, { bytes, cpu }) => {
  const bytesPerSecond = load.peak * bytes.direct
  const linesPerEvent = settings.transformationBytes / bytes.direct
  const memory = settings.transformationMemory
  const seconds = (linesPerEvent * cpu.transformation) / 1e6 / coresOf(memory)
  const concurrency = (load.peak / linesPerEvent) * seconds
  const reply = (linesPerEvent * bytes.event * 4) / 3
  return {
    rows: {
      'streams at the default quota, or the quota to ask for': streams(bytesPerSecond),
      'invocations/s at peak, of 0.25 MB': number(load.peak / linesPerEvent),
      'lines and duration of an invocation': `${number(linesPerEvent)}, ${milliseconds(seconds)}`,
      'concurrency at peak': number(concurrency),
      'reply, of 6 MB that Lambda takes': size(reply),
      'documents/s at peak': number(load.peak),
    },
    limits: {
      ...firehoseLimits(load, bytesPerSecond),
      'Lambda concurrency of the region': concurrency / quotas.lambdaConcurrency.value,
    },
    costs: {
      ...firehoseCosts(load, bytes),
      Lambda: lambdaCost(load, linesPerEvent, seconds, memory),
    },
  }
}

/** VPC → CloudWatch Logs → Kinesis → a function → OpenSearch. */
export const kinesisToOpenSearch: Way = (load, { bytes, cpu, linesPerPayload }) => {
  const bytesPerSecond = load.peak * bytes.payload
  const recordsPerSecond = load.peak / linesPerPayload
  const shards = Math.max(
    1,
    Math.ceil(bytesPerSecond / quotas.shardBytes.value),
    Math.ceil(recordsPerSecond / quotas.shardRecords.value),
  )
  const memory = settings.kinesisMemory
  const busy = (load.peak * (cpu.kinesis + cpu.bulk)) / 1e6 / coresOf(memory)
  const parallel = Math.max(1, Math.ceil(busy / shards))
  const concurrency = shards * parallel
  const payload = (quotas.lambdaPayload.value * 3) / 4 / (bytes.payload * linesPerPayload)
  const records = Math.min(
    settings.kinesisRecords,
    payload,
    Math.max(1, (recordsPerSecond / concurrency) * settings.kinesisSeconds),
  )
  const lines = records * linesPerPayload
  const seconds = (lines * (cpu.kinesis + cpu.bulk)) / 1e6 / coresOf(memory)
  const gigabytes =
    (load.gigabytes * roundedUp(bytes.payload * linesPerPayload)) / (bytes.line * linesPerPayload)
  const kept = (gigabytes * (settings.kinesisRetentionDays - 1)) / assumptions.daysPerMonth
  return {
    rows: {
      'into Kinesis at peak': `${rate(bytesPerSecond)}, ${number(recordsPerSecond)} records/s`,
      shards: number(shards),
      'parallelization factor': number(parallel),
      'concurrency at peak': number(concurrency),
      'lines and duration of an invocation': `${number(lines)}, ${milliseconds(seconds)}`,
      'documents/s at peak': number(load.peak),
      '`_bulk` requests/s of 8 MiB at peak': number((load.peak * bytes.event) / settings.bulkBytes),
    },
    limits: {
      'Lambda concurrency of the region': concurrency / quotas.lambdaConcurrency.value,
      'batches of a shard at the same time': busy / shards / quotas.parallelization.value,
      'an on-demand stream': bytesPerSecond / quotas.streamBytes.value,
    },
    costs: {
      'CloudWatch Logs': tiered(vendedLogs.logGroup, load.gigabytes),
      'CloudWatch storage':
        (load.gigabytes *
          (bytes.object / bytes.line) *
          settings.logDays *
          prices.logStorage.value) /
        assumptions.daysPerMonth,
      Kinesis:
        gigabytes * (prices.kinesisIn.value + prices.kinesisOut.value) +
        kept * prices.kinesisRetention.value +
        24 * prices.kinesisHour.value,
      Lambda: lambdaCost(load, lines, seconds, memory),
    },
  }
}

/** VPC → S3 → SQS → a function → the layout of Security Lake. */
export const objectsToLake: Way = (load, { bytes, cpu }) => {
  const perDay = load.average * 86_400
  const compressed = perDay * bytes.object
  const objects = Math.max(24 * 12, Math.ceil(compressed / quotas.objectBytes.value))
  const microseconds = cpu.object + cpu.lake
  // JavaScript has one thread, so a second core would not make it faster.
  const seconds = ((perDay / objects) * microseconds) / 1e6
  const concurrency = (load.peak * microseconds) / 1e6
  const largest = ((quotas.objectBytes.value / bytes.object) * microseconds) / 1e6
  const stored = (perDay * bytes.parquet) / 1e9
  const batches = Math.ceil(((perDay / objects) * bytes.event) / settings.lakeBatchBytes)
  return {
    rows: {
      'into S3': `${number(compressed / 1e9)} GB a day, compressed`,
      'objects a day, at least': number(objects),
      'lines and duration of an object': `${number(perDay / objects)}, ${number(seconds)} s`,
      'the largest object (75 MB)': `${number(largest)} s of ${settings.lakeTimeout}`,
      'concurrency at peak': number(concurrency),
      'into the lake': `${number(stored)} GB a day in ${number(objects * batches)} objects`,
    },
    limits: {
      'concurrency of the example (50)': concurrency / settings.lakeConcurrency,
      'Lambda concurrency of the region': concurrency / quotas.lambdaConcurrency.value,
      'timeout of the function': largest / settings.lakeTimeout,
    },
    costs: {
      'flow logs': tiered(vendedLogs.stream, load.gigabytes),
      Lambda: lambdaCost(load, perDay / objects, seconds, settings.lakeMemory),
      'S3 requests': (objects * ((1 + batches) * prices.s3Put.value + prices.s3Get.value)) / 1000,
      'S3, a month': (compressed / 1e9 + stored) * prices.s3Storage.value,
    },
  }
}

function firehoseLimits(load: Load, bytesPerSecond: number): Plan['limits'] {
  return {
    'bytes per second of one Firehose stream': bytesPerSecond / quotas.firehoseBytes.value,
    'records per second of one Firehose stream': load.peak / quotas.firehoseRecords.value,
  }
}

function firehoseCosts({ gigabytes }: Load, bytes: Figures['bytes']): Plan['costs'] {
  const delivered = (gigabytes * bytes.direct) / bytes.line
  return {
    'flow logs': tiered(vendedLogs.stream, delivered),
    Firehose: delivered * prices.firehose.value,
  }
}

function tiered(product: Tiered, gigabytesPerDay: number): number {
  const { daysPerMonth } = assumptions
  return toTieredCost(product, gigabytesPerDay * daysPerMonth) / daysPerMonth
}

function lambdaCost(load: Load, lines: number, seconds: number, memory: number): number {
  const invocations = (load.average * 86_400) / lines
  const gigabyteSeconds = invocations * seconds * (memory / 1024)
  return (
    gigabyteSeconds * prices.lambdaDuration.value +
    (invocations / 1e6) * prices.lambdaRequests.value
  )
}

/** A function uses one core at most. */
function coresOf(memory: number): number {
  return Math.min(1, memory / quotas.lambdaCore.value)
}

/** Kinesis counts whole KB. */
function roundedUp(bytes: number): number {
  return Math.ceil(bytes / 1024) * 1024
}

function streams(bytesPerSecond: number): string {
  const count = Math.ceil(bytesPerSecond / quotas.firehoseBytes.value)
  return count === 1 ? '1' : `${number(count)}, or ${number(count * 5)} MiB/s`
}

/** Three digits that count. */
export function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: digits })
}

function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${number(bytes / 1e3)} kB` : `${number(bytes / 1e6)} MB`
}

function milliseconds(seconds: number): string {
  return `${number(seconds * 1000)} ms`
}
