import { type Connection, protocols } from './connection.ts'
import type { NetworkInterface } from './network.ts'
import { natPath, toServicePath } from './path.ts'
import { anyHost, createConnection, rejected, type Scene, type Shape } from './scene.ts'

export function callService(scene: Scene, second: number, service: 'S3' | 'DYNAMODB'): Connection {
  const { network, internet, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 443 }
  const address = random.pick(internet.services[service])
  const upload = random.chance(0.3)
  return createConnection(toServicePath(random.pick(network.all('app')), address, ports), second, {
    seconds: random.exponential(10),
    request: [random.exponential(12), upload ? 1_350 : 160],
    reply: [random.exponential(12), upload ? 60 : 1_200],
  })
}

export function callPartner(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const app = random.pick(network.all('app'))
  return outThroughNat(scene, app, random.pick(internet.partners), 443, second, {
    seconds: random.exponential(15),
    request: [random.exponential(3), 380],
    reply: [random.exponential(4), 820],
  })
}

export function callAwsApi(scene: Scene, second: number): Connection {
  const { internet, random } = scene
  return outThroughNat(scene, anyHost(scene), random.pick(internet.services.EC2), 443, second, {
    seconds: 1,
    request: [6, 420],
    reply: [6, 900],
  })
}

export function resolveUpstream(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const server = random.pick(internet.nameServers)
  return outThroughNat(scene, network.one('resolver'), server, 53, second, {
    protocol: protocols.udp,
    seconds: 0,
    request: [1, 72],
    reply: [1, 190],
  })
}

export function setClock(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const client = random.chance(0.1) ? network.one('standby') : anyHost(scene)
  const server = random.pick(internet.timeServers)
  return outThroughNat(scene, client, server, 123, second, {
    protocol: protocols.udp,
    seconds: 0,
    request: [1, 76],
    reply: [1, 76],
  })
}

// The network ACL lets no mail out: rejected on the sender's own interface.
export function sendMailDirectly(scene: Scene, second: number): Connection {
  const { network, internet, random } = scene
  const app = random.pick(network.all('app'))
  const ports = { client: scene.ephemeralPort(), server: 25 }
  const views = natPath(app, network.one('nat'), random.pick(internet.partners), ports, 0)
  return createConnection(views.slice(0, 2), second, rejected(protocols.tcp, 3, 60))
}

function outThroughNat(
  scene: Scene,
  client: NetworkInterface,
  server: string,
  port: number,
  second: number,
  shape: Shape,
): Connection {
  const ports = { client: scene.ephemeralPort(), server: port }
  const views = natPath(client, scene.network.one('nat'), server, ports, scene.natPort())
  return createConnection(views, second, shape)
}
