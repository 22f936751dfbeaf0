/** `pnpm bench:http`: flow logs through the HTTP transform on this machine's loopback. */
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTransform, type Mapping, recordMapping } from '@flowlogs/core'
import { createHttpTransform, createRelay, type HttpTransformOptions } from '@flowlogs/http'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { serve } from '@hono/node-server'
import Table from 'cli-table3'
import { createCorpus } from './corpus.ts'
import { describeMachine } from './report.ts'
import { spread } from './statistics.ts'

const rounds = Number(process.argv[2] ?? 20)
const eventsPerBody = 10_000
const lines = createCorpus('v2', 1, eventsPerBody).flatMap((slice) => slice.lines)
const tail = ',"request_id":"r-1","source_arn":"arn:aws:firehose:us-east-1:1:deliverystream/x"'
const bodies = {
  plain: lines.map((line) => `{"message":"${line}"}\n`).join(''),
  shared: lines.map((line) => `{"message":"${line}"${tail}}\n`).join(''),
  own: lines.map((line, n) => `{"host":"h${n}","message":"${line}"${tail}}\n`).join(''),
  array: JSON.stringify(lines.map((message) => ({ message }))),
}
type BodyName = keyof typeof bodies

const hop = createServer((incoming, outgoing) => {
  incoming.resume().on('end', () => outgoing.writeHead(200).end())
})
await new Promise<void>((done) => hop.listen(0, '127.0.0.1', done))
const relay = createRelay({
  url: `http://127.0.0.1:${(hop.address() as AddressInfo).port}/`,
  deadLetter: async () => {},
})
const ocsf = createOcsfMapping()

const variants = await Promise.all([
  variant('respond, records, {"message"} lines', recordMapping, 'plain', {}),
  variant('respond, OCSF, {"message"} lines', ocsf, 'plain', {}),
  variant('respond, OCSF, a JSON array', ocsf, 'array', {}),
  variant('respond, OCSF, context shared', ocsf, 'shared', { carry: ['source_arn'] }),
  variant('respond, OCSF, context of each event', ocsf, 'own', { carry: ['host'] }),
  variant('relay, records with id', recordMapping, 'plain', { output: relay, id: 'flow_id' }),
  variant('relay, OCSF', ocsf, 'plain', { output: relay }),
])

const rates = variants.map((): number[] => [])
const costs = variants.map((): number[] => [])
for (let round = -2; round < rounds; round++) {
  for (const [index, { send }] of variants.entries()) {
    const cpu = process.cpuUsage()
    const started = performance.now()
    await send()
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(cpu)
    if (round < 0) continue
    rates[index]?.push(eventsPerBody / seconds)
    costs[index]?.push((user + system) / eventsPerBody)
  }
}

const table = new Table({ head: ['v2, bodies of 10,000 events', 'events/s', 'µs CPU per event'] })
for (const [index, { name }] of variants.entries()) {
  table.push([
    name,
    Math.round(spread(rates[index] ?? []).median),
    spread(costs[index] ?? []).median.toFixed(2),
  ])
}
const { cpu, node } = describeMachine()
console.log(`${cpu}, Node ${node}`)
console.log('One process: sender, transform and next hop; CPU is of all three.')
console.log(table.toString())
process.exit()

async function variant(
  name: string,
  mapping: Mapping,
  body: BodyName,
  options: Partial<HttpTransformOptions>,
) {
  const transform = createTransform({ mapping, index: options.output !== undefined })
  const handle = createHttpTransform({ transform, output: 'respond', ...options })
  const { port } = await new Promise<AddressInfo>((resolve) => {
    serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, resolve)
  })
  const bytes = Buffer.from(bodies[body])
  const send = () =>
    new Promise<void>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', method: 'POST' }, (incoming) => {
        if (incoming.statusCode !== 200) reject(new Error(`status ${incoming.statusCode}`))
        incoming.resume().on('end', resolve)
      })
      outgoing.on('error', reject).end(bytes)
    })
  return { name, send }
}
