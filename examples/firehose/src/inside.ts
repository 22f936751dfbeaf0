import { type Connection, protocols } from './connection.ts'
import { insidePath } from './path.ts'
import { anyHost, createConnection, ping, type Scene, shell } from './scene.ts'

export function callApp(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 8080 }
  const [web, app] = [random.pick(network.all('web')), random.pick(network.all('app'))]
  return createConnection(insidePath(web, app, ports, random.chance(0.1)), second, {
    seconds: random.exponential(8),
    request: [random.exponential(5), 420],
    reply: [random.exponential(6), 760],
  })
}

export function callClosedPort(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 8081 }
  const [web, app] = [random.pick(network.all('web')), random.pick(network.all('app'))]
  return createConnection(insidePath(web, app, ports), second, {
    seconds: 0,
    request: [1, 60],
    reply: [1, 40],
    ending: 'refused',
  })
}

export function queryDatabase(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 5432 }
  const [app, database] = [random.pick(network.all('app')), random.pick(network.all('database'))]
  return createConnection(insidePath(app, database, ports), second, {
    seconds: random.exponential(12),
    request: [random.exponential(5), 190],
    reply: [random.exponential(7), 680],
  })
}

export function resolveName(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 53 }
  return createConnection(insidePath(anyHost(scene), network.one('resolver'), ports), second, {
    protocol: protocols.udp,
    seconds: 0,
    request: [random.integer(1, 2), 68],
    reply: [random.integer(1, 2), 140],
  })
}

export function reportToEndpoint(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 443 }
  return createConnection(insidePath(anyHost(scene), network.one('endpoint'), ports), second, {
    seconds: random.exponential(40),
    request: [0.6, 310],
    reply: [0.6, 260],
  })
}

export function logInFromBastion(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: scene.ephemeralPort(), server: 22 }
  const target = random.pick([...network.all('app'), ...network.all('web')])
  const views = insidePath(network.one('bastion'), target, ports)
  return createConnection(views, second, shell(60 + random.exponential(600)))
}

export function pingInside(scene: Scene, second: number): Connection {
  const { network, random } = scene
  const ports = { client: 0, server: 0 }
  const target = random.pick([...network.all('app'), ...network.all('database')])
  const views = insidePath(network.one('bastion'), target, ports)
  return createConnection(views, second, ping(protocols.icmp, 3))
}
