/** `pnpm bench:http`: flow logs through the HTTP transform on this machine's loopback. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import Table from 'cli-table3'
import { createCorpus } from './corpus.ts'
import type { ServerSettings } from './http-server.ts'
import { describeMachine } from './report.ts'
import { askedRounds } from './rounds.ts'
import { spread } from './statistics.ts'
import { findVector, startVector } from './vector.ts'

const rounds = askedRounds()
const eventsPerBody = 10_000
const bodiesAtOnce = 2
const lines = createCorpus('v2', 1, eventsPerBody).flatMap((slice) => slice.lines)
const tail = ',"request_id":"r-1","source_arn":"arn:aws:firehose:us-east-1:1:deliverystream/x"'
const bodies = {
  plain: lines.map((line) => `{"message":"${line}"}\n`).join(''),
  shared: lines.map((line) => `{"message":"${line}"${tail}}\n`).join(''),
  own: lines.map((line, n) => `{"host":"h${n}","message":"${line}"${tail}}\n`).join(''),
  array: JSON.stringify(lines.map((message) => ({ message }))),
}

interface Variant {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly body: Buffer
}

const hop = createServer((incoming, outgoing) => {
  incoming.resume().on('end', () => outgoing.writeHead(200).end())
})
await new Promise<void>((done) => hop.listen(0, '127.0.0.1', done))
const relayTo = `http://127.0.0.1:${(hop.address() as AddressInfo).port}/`

const variants = [
  await start('respond, records', { to: 'records' }, 'plain'),
  await start('respond, OCSF', { to: 'ocsf' }, 'plain'),
  await start('respond, OCSF, a JSON array', { to: 'ocsf' }, 'array'),
  await start('respond, OCSF, carried, all alike', { to: 'ocsf', carry: ['source_arn'] }, 'shared'),
  await start('respond, OCSF, carried, each its own', { to: 'ocsf', carry: ['host'] }, 'own'),
  await start('relay, records', { to: 'records', relayTo }, 'plain'),
  await start('relay, records with id', { to: 'records', relayTo, id: 'flow_id' }, 'plain'),
  await start('relay, OCSF', { to: 'ocsf', relayTo }, 'plain'),
]
const vector = findVector()
if (vector !== undefined) variants.push(await startPeer(vector))

const rates = variants.map((): number[] => [])
const costs = variants.map(() => 0)
for (let round = -3; round < rounds; round++) {
  for (const [index, variant] of variants.entries()) {
    const before = cpuOf(variant.pid)
    const started = performance.now()
    await Promise.all(Array.from({ length: bodiesAtOnce }, () => send(variant)))
    const seconds = (performance.now() - started) / 1000
    if (round < 0) continue
    rates[index]?.push((bodiesAtOnce * eventsPerBody) / seconds)
    costs[index] = (costs[index] ?? 0) + cpuOf(variant.pid) - before
  }
}

const head = [
  'v2, JSON lines, 10,000 in a body',
  'events/s',
  'µs CPU per event',
  'events/s per core',
]
const table = new Table({ head })
for (const [index, { name }] of variants.entries()) {
  const cost = ((costs[index] ?? 0) * 1e6) / (rounds * bodiesAtOnce * eventsPerBody)
  const rate = spread(rates[index] ?? []).median
  table.push([name, Math.round(rate), cost.toFixed(2), Math.round(1e6 / cost)])
}
if (vector === undefined) table.push(['Vector, records', 'missing: it is not on the PATH', '', ''])
const { cpu, node } = describeMachine()
console.log(`${cpu}, Node ${node}`)
console.log('CPU is of the process between, with all its threads; sender and next hop are another.')
console.log(table.toString())
process.exit()

async function start(
  name: string,
  settings: ServerSettings,
  body: keyof typeof bodies,
): Promise<Variant> {
  const program = new URL('http-server.ts', import.meta.url)
  const child = fork(program, [JSON.stringify(settings)])
  const [port] = await once(child, 'message')
  return { name, port, pid: child.pid ?? 0, body: Buffer.from(bodies[body]) }
}

async function startPeer(version: string): Promise<Variant> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  const { pid = 0 } = await startVector(port, relayTo)
  const [, number] = version.split(' ')
  return { name: `Vector ${number}, records`, port, pid, body: Buffer.from(bodies.plain) }
}

/** Seconds that a process has taken of all cores, as Linux accounts for them. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

function send({ port, body }: Variant): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST' }, (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`status ${incoming.statusCode}`))
      incoming.resume().on('end', resolve)
    })
    outgoing.on('error', reject).end(body)
  })
}
