import { type Connection, protocols } from './connection.ts'
import type { Internet } from './internet.ts'
import type { Network, NetworkInterface } from './network.ts'
import type { View } from './path.ts'
import type { Random } from './random.ts'

/** What a pattern of traffic draws on to open a connection. */
export interface Scene {
  network: Network
  internet: Internet
  random: Random
  /** The next ephemeral port, in turn, so that no two connections of an hour share one. */
  ephemeralPort(): number
  natPort(): number
}

export function createScene(network: Network, internet: Internet, random: Random): Scene {
  return {
    network,
    internet,
    random,
    ephemeralPort: createTurn(34_000, 60_999),
    natPort: createTurn(2_048, 65_535),
  }
}

export interface Shape {
  protocol?: number
  action?: 'ACCEPT' | 'REJECT'
  /** Seconds from the first to the last packet. */
  seconds: number
  /** Packets per second and bytes per packet, from client to server. */
  request: readonly [number, number]
  reply: readonly [number, number]
  ending?: Connection['ending']
  activity?: number
}

export function createConnection(views: readonly View[], first: number, shape: Shape): Connection {
  const flow = ([packetsPerSecond, bytesPerPacket]: readonly [number, number]) => ({
    packetsPerSecond,
    bytesPerPacket,
  })
  return {
    protocol: shape.protocol ?? protocols.tcp,
    action: shape.action ?? 'ACCEPT',
    views,
    first,
    last: first + Math.floor(shape.seconds),
    request: flow(shape.request),
    reply: flow(shape.reply),
    ending: shape.ending ?? 'finish',
    activity: shape.activity ?? 1,
  }
}

function createTurn(from: number, to: number): () => number {
  let current = to
  return () => {
    current = current === to ? from : current + 1
    return current
  }
}

export function shell(seconds: number): Shape {
  return { seconds, request: [0.8, 96], reply: [0.9, 170], activity: 0.7 }
}

export function ping(protocol: number, seconds: number): Shape {
  return { protocol, seconds, request: [1, 84], reply: [1, 84] }
}

export function rejected(protocol: number, packets: number, bytesPerPacket: number): Shape {
  return {
    protocol,
    action: 'REJECT',
    seconds: 0,
    request: [packets, bytesPerPacket],
    reply: [0, 0],
    // Nothing was opened, so nothing is closed.
    ending: protocol === protocols.tcp ? 'refused' : 'finish',
  }
}

export function anyHost({ network, random }: Scene): NetworkInterface {
  return random.pick([...network.all('web'), ...network.all('app'), ...network.all('database')])
}
