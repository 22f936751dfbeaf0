import type { Connection } from './connection.ts'
import {
  healthCheck,
  knockOnTcpPort,
  knockOnUdpPort,
  logInToBastion,
  packetAfterClose,
  page,
  pingFromInternet,
  pingOverIpv6,
  redirect,
  socket,
  visit,
  visitOverIpv6,
  visitThroughCdn,
} from './inbound.ts'
import {
  callApp,
  callClosedPort,
  logInFromBastion,
  pingInside,
  queryDatabase,
  reportToEndpoint,
  resolveName,
} from './inside.ts'
import {
  callAwsApi,
  callPartner,
  callService,
  resolveUpstream,
  sendMailDirectly,
  setClock,
} from './outbound.ts'
import { insidePath } from './path.ts'
import { createConnection, type Scene } from './scene.ts'

interface Pattern {
  /** How often it occurs, relative to the others. */
  weight: number
  open(scene: Scene, second: number): Connection
}

/** The everyday traffic of the VPC, one row for each habit. */
const patterns: readonly Pattern[] = [
  // Visitors: pages, redirects, sockets that stay open, IPv6, and the CDN in front.
  { weight: 20, open: (scene, second) => visit(scene, second, 443, page(scene)) },
  { weight: 2, open: (scene, second) => visit(scene, second, 80, redirect) },
  { weight: 0.4, open: (scene, second) => visit(scene, second, 443, socket(scene)) },
  { weight: 3, open: visitOverIpv6 },
  { weight: 3, open: visitThroughCdn },
  { weight: 3, open: healthCheck },
  { weight: 0.5, open: packetAfterClose },
  // The tiers among themselves.
  { weight: 10, open: callApp },
  { weight: 0.2, open: callClosedPort },
  { weight: 4, open: queryDatabase },
  { weight: 6, open: resolveName },
  { weight: 1.5, open: reportToEndpoint },
  // Out of the VPC.
  { weight: 3, open: (scene, second) => callService(scene, second, 'S3') },
  { weight: 2, open: (scene, second) => callService(scene, second, 'DYNAMODB') },
  { weight: 1.5, open: callPartner },
  { weight: 0.5, open: callAwsApi },
  { weight: 1, open: resolveUpstream },
  { weight: 0.5, open: setClock },
  { weight: 0.3, open: sendMailDirectly },
  // Operators, and everybody else.
  { weight: 0.1, open: logInToBastion },
  { weight: 0.15, open: logInFromBastion },
  { weight: 0.7, open: pingInside },
  { weight: 0.5, open: pingFromInternet },
  { weight: 0.3, open: pingOverIpv6 },
  { weight: 12, open: knockOnTcpPort },
  { weight: 2, open: knockOnUdpPort },
]

const totalWeight = patterns.reduce((sum, { weight }) => sum + weight, 0)

/** Opens one connection of a habit picked by weight. */
export function openConnection(scene: Scene, second: number): Connection {
  let rest = scene.random.next() * totalWeight
  for (const pattern of patterns) {
    rest -= pattern.weight
    if (rest < 0) return pattern.open(scene, second)
  }
  return patterns[0]!.open(scene, second)
}

/** Connections that are there all day: pools (reopened when one ends) and replication. */
export function standingConnections(scene: Scene): ((second: number) => Connection)[] {
  const { network, random } = scene
  const [primary, replica] = network.all('database')
  const pools = network.all('app').flatMap((app) =>
    [1, 2].map(() => (second: number) => {
      const ports = { client: scene.ephemeralPort(), server: 5432 }
      const seconds = random.integer(1_800, 7_200)
      return createConnection(insidePath(app, primary!, ports), second, {
        seconds,
        request: [4, 180],
        reply: [5, 620],
        activity: 0.9,
      })
    }),
  )
  if (!replica) return pools
  const ports = { client: 33_000, server: 5432 }
  const replicate = () =>
    createConnection(insidePath(replica, primary!, ports), 0, {
      seconds: Number.POSITIVE_INFINITY,
      request: [8, 60],
      reply: [15, 1_300],
    })
  return [...pools, replicate]
}
