import { type Connection, protocols } from './connection.ts'
import { fromInternetPath } from './path.ts'
import { createConnection, ping, rejected, type Scene, type Shape, shell } from './scene.ts'

export function visit(scene: Scene, second: number, port: number, shape: Shape): Connection {
  const { network, internet, random } = scene
  const ports = { client: random.integer(1_024, 65_535), server: port }
  const views = fromInternetPath(
    random.pick(internet.clients),
    random.pick(network.all('web')),
    ports,
  )
  return createConnection(views, second, shape)
}

export function visitOverIpv6(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const ports = { client: random.integer(1_024, 65_535), server: 443 }
  const client = random.pick(internet.clients6)
  const views = fromInternetPath(client, random.pick(network.all('web')), ports)
  return createConnection(views, second, page(scene))
}

export function visitThroughCdn(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const ports = { client: random.integer(1_024, 65_535), server: 443 }
  const origin = random.pick(internet.services.CLOUDFRONT_ORIGIN_FACING)
  const views = fromInternetPath(origin, random.pick(network.all('web')), ports)
  return createConnection(views, second, page(scene))
}

export function healthCheck({ network, internet, random }: Scene, second: number): Connection {
  const ports = { client: random.integer(1_024, 65_535), server: 443 }
  const checker = random.pick(internet.services.ROUTE53_HEALTHCHECKS)
  const views = fromInternetPath(checker, random.pick(network.all('web')), ports)
  return createConnection(views, second, { seconds: 0, request: [6, 130], reply: [5, 240] })
}

// A security group forgets a closed connection, so a straggler is rejected though nothing is wrong.
export function packetAfterClose(scene: Scene, second: number): Connection {
  return visit(scene, second, 443, { ...rejected(protocols.tcp, 1, 40), ending: 'late' })
}

export function pingFromInternet({ network, internet, random }: Scene, second: number): Connection {
  const ports = { client: 0, server: 0 }
  const client = internet.stranger(random)
  if (random.chance(0.5)) {
    const views = fromInternetPath(client, network.one('bastion'), ports)
    return createConnection(views, second, rejected(protocols.icmp, 1, 84))
  }
  const views = fromInternetPath(client, random.pick(network.all('web')), ports)
  return createConnection(views, second, ping(protocols.icmp, 4))
}

export function pingOverIpv6({ network, internet, random }: Scene, second: number): Connection {
  const ports = { client: 0, server: 0 }
  const client = random.pick(internet.clients6)
  const views = fromInternetPath(client, random.pick(network.all('web')), ports)
  return createConnection(views, second, ping(protocols.icmp6, 4))
}

export function logInToBastion({ network, internet, random }: Scene, second: number): Connection {
  const ports = { client: random.integer(49_152, 65_535), server: 22 }
  const views = fromInternetPath(random.pick(internet.offices), network.one('bastion'), ports)
  return createConnection(views, second, shell(300 + random.exponential(1_200)))
}

export function knockOnTcpPort({ network, internet, random }: Scene, second: number): Connection {
  const server = random.chance(0.3) ? random.integer(1_024, 65_535) : random.pick(soughtTcpPorts)
  const target = random.pick([...network.all('web'), network.one('nat'), network.one('bastion')])
  const ports = { client: random.integer(1_024, 65_535), server }
  const views = fromInternetPath(internet.stranger(random), target, ports)
  return createConnection(views, second, rejected(protocols.tcp, random.integer(1, 2), 44))
}

export function knockOnUdpPort({ network, internet, random }: Scene, second: number): Connection {
  const target = random.pick([...network.all('web'), network.one('nat'), network.one('bastion')])
  const ports = { client: random.integer(1_024, 65_535), server: random.pick(soughtUdpPorts) }
  const views = fromInternetPath(internet.stranger(random), target, ports)
  return createConnection(views, second, rejected(protocols.udp, 1, random.integer(46, 420)))
}

export const redirect: Shape = { seconds: 0, request: [4, 110], reply: [3, 180] }

export function page({ random }: Scene): Shape {
  const seconds = Math.min(600, random.exponential(25))
  const rate = random.exponential(6) / (1 + seconds / 60)
  return {
    seconds,
    request: [rate, random.integer(70, 220)],
    reply: [rate * 1.6, random.integer(500, 1_400)],
    ending: random.chance(0.06) ? 'reset' : 'finish',
  }
}

export function socket({ random }: Scene): Shape {
  const seconds = 60 + random.exponential(900)
  return { seconds, request: [0.2, 90], reply: [0.4, 240], activity: 0.8 }
}

const soughtTcpPorts = [21, 22, 23, 23, 23, 135, 445, 445, 1433, 2323, 3306, 3389, 3389, 5555, 6379]
const soughtUdpPorts = [53, 123, 161, 389, 1900, 5060, 11211]
