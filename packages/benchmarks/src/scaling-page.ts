/** The page: SCALING.md. */
import type { Figures } from './scaling-figures.ts'
import {
  assumptions,
  firehoseToEndpoint,
  firehoseToOpenSearch,
  kinesisToOpenSearch,
  number,
  objectsToLake,
  serve,
  toLoad,
  type Way,
} from './scaling-paths.ts'
import { type Fact, prices, quotas, vendedLogs } from './scaling-prices.ts'

interface Section {
  readonly title: string
  readonly text: string
  readonly way: Way
}

const sections: readonly Section[] = [
  {
    title: 'Firehose → HTTP endpoint',
    text: 'A flow log sent straight to Firehose, which sends it on to `flowlogs serve`. One record is one line, so a request has its 10,000 records before the buffer has 5 MiB. Ask for the quota before the flow log is switched on. Costs are those of AWS up to the endpoint; the next table has the rest.',
    way: firehoseToEndpoint,
  },
  {
    title: 'serve → OpenSearch or Splunk',
    text: 'What receives those requests, as containers behind a load balancer. A process uses one core, and compression beside it. Splunk gets the same events in requests of 1 MB; its CPU time was not measured and is taken to be that of OpenSearch. How fast the receiver indexes was not measured: the rates are what it has to take.',
    way: serve,
  },
  {
    title: 'Firehose → Lambda → OpenSearch Service',
    text: 'The stack `FlowLogsOpenSearch` of [examples/aws-cdk](examples/aws-cdk/README.md): Firehose has a function transform its records, and delivers them itself.',
    way: firehoseToOpenSearch,
  },
  {
    title: 'CloudWatch Logs → Kinesis → Lambda → OpenSearch',
    text: 'The stack `FlowLogsKinesis`. A shard is read by one invocation at a time unless the event source mapping has a parallelization factor.',
    way: kinesisToOpenSearch,
  },
  {
    title: 'S3 → SQS → Lambda → Security Lake',
    text: 'The stack `FlowLogsSecurityLake`. AWS writes an object every five minutes, or more often when one reaches 75 MB; busy flow logs have several at a time. The function writes an object of the lake for each 64 MiB of events, account and day; flow logs are taken to be of one account.',
    way: objectsToLake,
  },
]

const volumes = [1, 1_000, 100_000]
const volumeNames = ['1 GB a day', '1 TB a day', '100 TB a day']

/** Writes the page. */
export function toPage(figures: Figures): string {
  const loads = volumes.map((gigabytes) => toLoad(gigabytes, figures))
  const { bytes } = figures
  return `# Scaling

What it takes to bring 1 GB, 1 TB and 100 TB of flow logs a day to a SIEM: computed by \`pnpm scaling --write\` from the measured figures of [packages/benchmarks](packages/benchmarks/README.md) and from AWS's quotas and list prices below. Nothing here was run on AWS.

${table(
  ['', ...volumeNames],
  [
    ['lines/s, average', ...loads.map(({ average }) => number(average))],
    [`lines/s, peak (${assumptions.peak} ×)`, ...loads.map(({ peak }) => number(peak))],
  ],
)}

${sections.map((section) => toSection(section, figures)).join('\n\n')}

## Assumptions

- A GB is 10⁹ bytes of lines as AWS writes them, not compressed; a TB is 1,000 of them.
- Lines have the 29 fields of version 5: ${number(bytes.line)} bytes each in the benchmarks' corpus, ${number(bytes.direct)} as a record of Firehose, ${number(bytes.payload)} in a payload of CloudWatch Logs with ${figures.linesPerPayload} lines (gzip), ${number(bytes.object)} in a gzip object. That makes gzip worth ${number(bytes.line / bytes.object)} ×; real lines repeat themselves more, so less will arrive.
- An event in OCSF 1.1.0 has ${number(bytes.event)} bytes in a \`_bulk\` request, ${number(bytes.bulk)} compressed, ${number(bytes.parquet)} in Parquet.
- The busiest minutes bring ${assumptions.peak} times the average. That is a guess: look at your own.
- Containers are sized so that cores are ${assumptions.utilisation * 100} % busy in those minutes, and there are at least ${assumptions.replicas}.
- A vCPU of Lambda or Fargate is as fast as a core of the benchmarks' machine, and a function with less than ${number(quotas.lambdaCore.value)} MB has its share of one. Waiting for the receiver is not in the durations.
- A month has ${assumptions.daysPerMonth} days. Prices are those of us-east-1 without free tier or discount. The SIEM, load balancers, data transfer, alarms and the functions' own logs are not in the costs.

## What was measured

CPU time for each line of version 5 with OCSF 1.1.0, from packages/benchmarks/README.md:

${table(
  ['', 'µs'],
  [
    ['`createFirehoseEndpoint`, with the transform', figures.cpu.endpoint],
    ['`createFirehoseTransformation`, with the transform', figures.cpu.transformation],
    ['`createKinesisHandler`, with the transform', figures.cpu.kinesis],
    ['an S3 object, with the transform', figures.cpu.object],
    ['delivery to OpenSearch, gzip', figures.cpu.bulk],
    ['Parquet for Security Lake', figures.cpu.lake],
  ].map(([name, value]) => [String(name), Number(value).toFixed(1)]),
)}

## Quotas

${table(['default quota', 'value', 'source'], Object.values(quotas).map(toRow))}

## Prices

In US dollars. One price could be found in no source, and is from memory. Read on 2026-11-22 in stored copies, which may be older than what AWS asks for today; for the quotas that holds as well.

${table(
  ['price', 'value', 'source'],
  [
    ...[vendedLogs.stream, vendedLogs.logGroup].map(({ name, tiers, source }) => [
      name,
      `${tiers.map(({ price }) => price).join(', ')} per GB, up to 10, 30 and 50 TB a month and above`,
      source,
    ]),
    ...Object.values(prices).map(toRow),
  ],
)}
`
}

function toSection({ title, text, way }: Section, figures: Figures): string {
  const loads = volumes.map((gigabytes) => toLoad(gigabytes, figures))
  const plans = loads.map((load) => way(load, figures))
  const rows = Object.keys(plans[0]!.rows).map((name) => [
    name,
    ...plans.map((plan) => plan.rows[name] ?? ''),
  ])
  return `## ${title}

${text}

${table(
  ['', ...volumeNames],
  [
    ...rows,
    ['saturates first', ...plans.map(({ limits }) => toBottleneck(limits))],
    [
      'cost per TB',
      ...plans.map(({ costs }, index) => dollars(total(costs) / (volumes[index]! / 1000))),
    ],
    ['of which', ...plans.map(({ costs }) => toShares(costs))],
  ],
)}`
}

function toBottleneck(limits: Readonly<Record<string, number>>): string {
  const [[name, share] = ['', 0]] = Object.entries(limits).sort(([, one], [, other]) => other - one)
  return `${name}, ${share < 1 ? `${number(share * 100)} % used` : `${number(share)} × what is allowed`}`
}

function total(costs: Readonly<Record<string, number>>): number {
  return Object.values(costs).reduce((sum, cost) => sum + cost, 0)
}

function toShares(costs: Readonly<Record<string, number>>): string {
  const sum = total(costs)
  return Object.entries(costs)
    .sort(([, one], [, other]) => other - one)
    .map(([name, cost]) => `${name} ${((cost / sum) * 100).toFixed(0)} %`)
    .join(', ')
}

function dollars(value: number): string {
  return `$${number(value)}`
}

function toRow({ name, value, unit, source }: Fact): string[] {
  return [
    name,
    `${value.toLocaleString('en-US', { maximumFractionDigits: 10 })} ${unit}`.trim(),
    source ?? '**not found**',
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'))
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
