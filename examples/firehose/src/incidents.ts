import { type Connection, type FlowRecord, observe } from './connection.ts'
import type { Network, NetworkInterface } from './network.ts'
import { fromInternetPath, natPath, type View } from './path.ts'
import { createRandom, type Random } from './random.ts'
import { createConnection, rejected } from './scene.ts'

export const incidentNames = ['port_scan', 'ssh_brute_force', 'exfiltration', 'flood'] as const
export type IncidentName = (typeof incidentNames)[number]

/** What truly happened: the figures that a query over the delivered records must find again. */
export interface Incident {
  name: IncidentName
  description: string
  /** Unix seconds; `end` is exclusive. */
  start: number
  end: number
  /** Addresses as `srcaddr` and `dstaddr` of the packets that matter. */
  sources: readonly string[]
  targets: readonly string[]
  /** The destination ports of those packets. */
  ports: readonly number[]
  action: 'ACCEPT' | 'REJECT'
  /** The interface of the host concerned; the four figures below are what it records. */
  interfaceId: string
  /** Records from sources to targets, and their sums. */
  records: number
  packets: number
  bytes: number
  /** Lines of the incident over all interfaces, replies included. */
  lines: number
}

export interface PlannedIncident {
  incident: Incident
  /** By start of the interval, in unix seconds. */
  recordsByInterval: ReadonlyMap<number, readonly FlowRecord[]>
}

interface Stage {
  network: Network
  random: Random
  start: number
  /** Seconds that are left until the end of the simulation. */
  available: number
}

interface Script {
  description: string
  networkInterface: NetworkInterface
  seconds: number
  action: 'ACCEPT' | 'REJECT'
  connections: Connection[]
}

const interval = 60

const scripts: Readonly<Record<IncidentName, (stage: Stage) => Script>> = {
  port_scan({ network, random, start, available }) {
    const target = network.all('web')[0]!
    const seconds = Math.min(600, available)
    const ports = new Set<number>()
    while (ports.size < 1_000) ports.add(random.integer(1, 49_151))
    // The ports that are open would answer.
    ports.delete(443)
    ports.delete(80)
    return {
      description: 'One outside address tries about a thousand ports of one web server',
      networkInterface: target,
      seconds,
      action: 'REJECT',
      connections: [...ports].map((port) => {
        const views = fromInternetPath('203.0.113.66', target, { client: 54_321, server: port })
        return createConnection(views, start + random.integer(0, seconds - 1), rejected(6, 1, 44))
      }),
    }
  },

  ssh_brute_force({ network, random, start, available }) {
    const target = network.one('bastion')
    const seconds = Math.min(1_200, available)
    return {
      description: 'One outside address guesses passwords on the bastion, one short login each',
      networkInterface: target,
      seconds,
      action: 'ACCEPT',
      connections: Array.from({ length: 600 }, (_, attempt) => {
        const ports = { client: 40_000 + attempt, server: 22 }
        const views = fromInternetPath('203.0.113.99', target, ports)
        const duration = random.integer(1, 4)
        const first = start + random.integer(0, Math.max(0, seconds - 1 - duration))
        return createConnection(views, first, {
          seconds: duration,
          request: [16 / (duration + 1), 130],
          reply: [14 / (duration + 1), 170],
        })
      }),
    }
  },

  exfiltration({ network, start, available }) {
    const source = network.all('database')[0]!
    const seconds = Math.min(3_600, available)
    const ports = { client: 33_900, server: 443 }
    const views = natPath(source, network.one('nat'), '198.51.100.200', ports, 1_500)
    return {
      description: 'A database server sends many gigabytes to one outside address',
      networkInterface: source,
      seconds,
      action: 'ACCEPT',
      connections: [
        createConnection(views, start, {
          seconds: seconds - 1,
          request: [8_000, 1_490],
          reply: [3_000, 52],
        }),
      ],
    }
  },

  flood({ network, random, start, available }) {
    const target = network.all('web').at(-1)!
    const seconds = Math.min(interval, available)
    const sources = new Set<string>()
    while (sources.size < 1_500) {
      sources.add(
        `198.${random.integer(18, 19)}.${random.integer(0, 255)}.${random.integer(1, 254)}`,
      )
    }
    return {
      description: 'Fifteen hundred outside addresses open connections to one web server at once',
      networkInterface: target,
      seconds,
      action: 'ACCEPT',
      connections: [...sources].map((source) => {
        const ports = { client: random.integer(1_024, 65_535), server: 443 }
        const first = start + random.integer(0, Math.floor(seconds / 3))
        // The handshake is never completed: no FIN before the minute is over.
        const connection = createConnection(fromInternetPath(source, target, ports), first, {
          seconds: interval,
          request: [random.integer(2, 12), 44],
          reply: [2, 44],
        })
        return connection
      }),
    }
  },
}

/** Writes the records of one incident in advance, so that its ground truth is counted, not estimated. */
export function planIncident(
  name: IncidentName,
  network: Network,
  seed: string | number,
  start: number,
  simulationEnd: number,
): PlannedIncident {
  const random = createRandom(`${seed}/${name}`)
  const script = scripts[name]({ network, random, start, available: simulationEnd - start })
  const end = start + script.seconds

  const recordsByInterval = new Map<number, FlowRecord[]>()
  for (let from = start; from < end; from += interval) {
    const to = Math.min(from + interval, end)
    const present = script.connections.filter(({ first, last }) => first < to && last >= from)
    recordsByInterval.set(
      from,
      present.flatMap((connection) => observe(connection, from, to, random)),
    )
  }

  const all = [...recordsByInterval.values()].flat()
  const telling = all.filter(
    ({ networkInterface, traffic }) =>
      networkInterface === script.networkInterface && !traffic!.view.reply,
  )
  const distinct = <Value>(value: (view: View) => Value) => [
    ...new Set(telling.map(({ traffic }) => value(traffic!.view))),
  ]
  const sum = (value: 'packets' | 'bytes') =>
    telling.reduce((total, { traffic }) => total + traffic![value], 0)

  return {
    recordsByInterval,
    incident: {
      name,
      description: script.description,
      start,
      end,
      sources: distinct(({ srcaddr }) => srcaddr),
      targets: distinct(({ dstaddr }) => dstaddr),
      ports: distinct(({ dstport }) => dstport).sort((one, other) => one - other),
      action: script.action,
      interfaceId: script.networkInterface.interfaceId,
      records: telling.length,
      packets: sum('packets'),
      bytes: sum('bytes'),
      lines: all.length,
    },
  }
}
