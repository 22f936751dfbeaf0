/** As much as senders may send, against a transform in a process of its own whose memory is measured. */
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lineOf } from './http-transform.test-support.ts'
import { startTransformProcess } from './transform-process.test-support.ts'

const mebibyte = 1024 * 1024
const isMeasured = process.platform === 'linux'

/** JSON lines of at least so many bytes, each an event. */
function bodyOf(bytes: number): { readonly body: Buffer; readonly events: number } {
  const events = Math.ceil(bytes / (lineOf(100_000).length + '{"message":""}\n'.length))
  const parts = Array.from({ length: events }, (_, n) => `{"message":"${lineOf(100_000 + n)}"}\n`)
  return { body: Buffer.from(parts.join('')), events }
}

/** A next hop that counts events and keeps none. */
async function startCountingHop(): Promise<{ readonly url: string; count: number }> {
  const hop = { url: '', count: 0 }
  const server = createServer((incoming, outgoing) => {
    incoming.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) hop.count++
    })
    incoming.on('end', () => outgoing.end())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  hop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return hop
}

/** Sends until there is a 200, as senders do; what was answered before. */
async function sendUntilTaken(url: string, body: Uint8Array<ArrayBuffer>): Promise<number[]> {
  for (const statuses: number[] = []; ; ) {
    const { status, headers } = await fetch(url, { method: 'POST', body })
    statuses.push(status)
    if (status === 200) return statuses
    await setTimeout(Number(headers.get('retry-after')) * 1000 * (1 + Math.random()))
  }
}

describe.runIf(isMeasured)('memory is bounded', { timeout: 180_000 }, () => {
  test('by a body of 64 MiB, plain and compressed', async () => {
    const hop = await startCountingHop()
    const { url, peakMemory } = await startTransformProcess({ url: hop.url })
    const { body, events } = bodyOf(64 * mebibyte)
    expect(await sendUntilTaken(url, new Uint8Array(body))).toStrictEqual([200])
    const compressed = new Uint8Array(zstdCompressSync(body))
    expect(await sendUntilTaken(url, compressed)).toStrictEqual([200])
    expect(hop.count).toBe(2 * events)
    expect(peakMemory()).toBeLessThan(800 * mebibyte)
  })

  test('by 200 senders at once with more than there is room for, none of whom loses anything', async () => {
    const hop = await startCountingHop()
    const room = { maxPendingBytes: 24 * mebibyte }
    const { url, peakMemory } = await startTransformProcess({ url: hop.url, ...room })
    const { body, events } = bodyOf(600 * 1024)
    const statuses = await Promise.all(
      Array.from({ length: 200 }, () => sendUntilTaken(url, new Uint8Array(body))),
    )
    expect(new Set(statuses.flat())).toStrictEqual(new Set([200, 503]))
    // What was refused may have been delivered in part.
    expect(hop.count).toBeGreaterThanOrEqual(200 * events)
    // Without the limit it is 1.2 GiB.
    expect(peakMemory()).toBeLessThan(700 * mebibyte)
  })

  test('by 200 slow senders, while others are served', async () => {
    const hop = await startCountingHop()
    const room = { maxPendingBytes: 64 * mebibyte }
    const { url, port, peakMemory } = await startTransformProcess({ url: hop.url, ...room })
    const { body, events } = bodyOf(100_000)
    const slow = await Promise.all(Array.from({ length: 200 }, () => drip(port)))
    for (let round = 0; round < 20; round++) {
      for (const socket of slow) socket.write(round % 2 === 0 ? ' ' : 'x'.repeat(10_000))
      expect(await sendUntilTaken(url, new Uint8Array(body))).toStrictEqual([200])
    }
    expect(hop.count).toBe(20 * events)
    expect(peakMemory()).toBeLessThan(400 * mebibyte)
    expect(slow.filter(({ destroyed }) => destroyed)).toHaveLength(0)
  })
})

/** Begins a request with a large body that never comes whole. */
function drip(port: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('POST /transform HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n')
      done(socket)
    })
    socket.on('error', fail)
    onTestFinished(() => void socket.destroy())
  })
}
