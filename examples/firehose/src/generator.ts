import { type Connection, type FlowRecord, observe } from './connection.ts'
import { createWriter, fieldsOfVersion } from './fields.ts'
import {
  type Incident,
  type IncidentName,
  incidentNames,
  type PlannedIncident,
  planIncident,
} from './incidents.ts'
import { createInternet } from './internet.ts'
import { createNetwork, minimumInterfaces, type Network, type NetworkInterface } from './network.ts'
import { openConnection, standingConnections } from './patterns.ts'
import { createRandom } from './random.ts'
import { createScene } from './scene.ts'

export interface GeneratorOptions {
  /** The same options give the same lines. Default 1. */
  seed?: string | number
  /** Unix seconds. Default 2026-01-01T00:00:00Z. */
  start?: number
  /** Seconds. Default one day. */
  duration?: number
  /** AWS field names in the order of the line. Default: the 14 fields of version 2. */
  format?: readonly string[]
  /** How many interfaces the VPC has. Default 12. */
  interfaces?: number
  /** About how many records a minute brings, averaged over a day and without incidents. Default 130. */
  flowsPerInterval?: number
  /** The chance that an interface loses records in an interval. Default 1 in 2,000. */
  skipdataRate?: number
  /** Incidents to leave out (`false`) or to place (seconds after the start); `false` for none. */
  incidents?: false | Partial<Record<IncidentName, boolean | number>>
}

/** Lines of flow logs, made anew by each iteration, and what is hidden in them. */
export interface Traffic extends Iterable<string> {
  format: readonly string[]
  start: number
  /** Exclusive. */
  end: number
  interfaces: readonly NetworkInterface[]
  incidents: readonly Incident[]
}

const interval = 60
const day = 86_400

// Where in the simulated time an incident begins, unless told otherwise.
const places: Readonly<Record<IncidentName, number>> = {
  port_scan: 0.15,
  ssh_brute_force: 0.35,
  exfiltration: 0.55,
  flood: 0.85,
}

// Measured over many days: how many records a connection of the usual mix leaves behind.
const recordsPerConnection = 3.3
const recordsPerStandingConnection = 3.7

/** Makes reproducible VPC Flow Log traffic, in the order of delivery: by interval, unsorted inside. */
export function generateTraffic(options: GeneratorOptions = {}): Traffic {
  const { seed = 1, start = 1_767_225_600, duration = day } = options
  const { interfaces = 12, format = fieldsOfVersion(2) } = options
  if (!Number.isSafeInteger(start) || start < 0)
    throw new Error(`start: not unix seconds: ${start}`)
  if (!Number.isSafeInteger(duration) || duration < interval) {
    throw new Error(`duration: at least ${interval} seconds are needed: ${duration}`)
  }
  if (!Number.isSafeInteger(interfaces) || interfaces < minimumInterfaces) {
    throw new Error(`interfaces: at least ${minimumInterfaces} are needed: ${interfaces}`)
  }

  const end = start + duration
  const network = createNetwork(createRandom(`${seed}/network`), interfaces)
  const write = createWriter(format, network)
  const planned = planIncidents(options, network, seed, start, end)

  return {
    format,
    start,
    end,
    interfaces: network.interfaces,
    incidents: planned.map(({ incident }) => incident),
    *[Symbol.iterator]() {
      const simulate = createSimulation(options, network, seed, start)
      const order = createRandom(`${seed}/order`)
      for (let from = start; from < end; from += interval) {
        const extraordinary = planned.flatMap((plan) => plan.recordsByInterval.get(from) ?? [])
        const records = simulate(from, Math.min(from + interval, end), extraordinary)
        order.shuffle(records)
        for (const record of records) yield write(record)
      }
    },
  }
}

function planIncidents(
  { incidents = {} }: GeneratorOptions,
  network: Network,
  seed: string | number,
  start: number,
  end: number,
): PlannedIncident[] {
  if (incidents === false) return []
  return incidentNames.flatMap((name) => {
    const wish = incidents[name] ?? true
    if (wish === false) return []
    const offset = wish === true ? places[name] * (end - start) : wish
    if (!(offset >= 0 && offset < end - start)) {
      throw new Error(`incidents: ${name} would begin outside the simulated time: ${offset}`)
    }
    const aligned = start + Math.floor(offset / interval) * interval
    return [planIncident(name, network, seed, aligned, end)]
  })
}

type Simulation = (from: number, to: number, extraordinary: readonly FlowRecord[]) => FlowRecord[]

function createSimulation(
  { flowsPerInterval = 130, skipdataRate = 1 / 2_000 }: GeneratorOptions,
  network: Network,
  seed: string | number,
  start: number,
): Simulation {
  const random = createRandom(`${seed}/traffic`)
  const scene = createScene(network, createInternet(createRandom(`${seed}/internet`)), random)
  const standing = standingConnections(scene).map((open) => ({
    open,
    connection: open(start - random.integer(60, 1_800)),
  }))
  const fresh = flowsPerInterval - standing.length * recordsPerStandingConnection
  const connectionsPerInterval = Math.max(0, fresh / recordsPerConnection)
  let active: Connection[] = []

  return (from, to, extraordinary) => {
    const mean = connectionsPerInterval * timeOfDay(from) * ((to - from) / interval)
    for (let count = random.poisson(mean); count > 0; count--) {
      active.push(openConnection(scene, random.integer(from, to - 1)))
    }
    for (const place of standing) {
      if (place.connection.last < from) place.connection = place.open(random.integer(from, to - 1))
    }

    const seen = new Set<string>()
    const ordinary: FlowRecord[] = []
    for (const connection of [...standing.map((place) => place.connection), ...active]) {
      const key = flowKey(connection)
      if (seen.has(key)) continue
      seen.add(key)
      ordinary.push(...observe(connection, from, to, random))
    }
    active = active.filter((connection) => connection.last >= to)

    const records = network.interfaces.flatMap((networkInterface): FlowRecord[] => {
      const skipped = random.chance(skipdataRate)
      const own = ordinary.filter((record) => record.networkInterface === networkInterface)
      const status = { networkInterface, start: from, end: to - 1, traffic: undefined }
      // A SKIPDATA record stands for those that were lost.
      if (skipped) return [...own.slice(0, own.length >> 1), { ...status, status: 'SKIPDATA' }]
      const busy =
        own.length > 0 ||
        extraordinary.some((record) => record.networkInterface === networkInterface)
      return busy ? own : [{ ...status, status: 'NODATA' }]
    })
    return [...records, ...extraordinary]
  }
}

// The quietest hour is at 03:00 UTC, the busiest at 15:00; the mean over a day is 1.
function timeOfDay(second: number): number {
  return 1 - 0.6 * Math.cos(((second % day) / day - 3 / 24) * 2 * Math.PI)
}

// AWS writes one record for each 5-tuple, interface and interval; connections that would share one
// (two pings between the same hosts) count as one.
function flowKey({ views, protocol }: Connection): string {
  const { networkInterface, srcaddr, dstaddr, srcport, dstport } = views[0]!
  return `${networkInterface.interfaceId} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol}`
}
