import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { certificates } from '@flowlogs/conformance'
import { createForwarder, type ForwarderOptions } from '@flowlogs/fluent'
import { expect, onTestFinished, test } from 'vitest'
import { createForwardServer, type ForwardEvent } from './forward-server.ts'

const { authority, client, localhost } = certificates
const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'

async function start(store: (events: readonly ForwardEvent[]) => Promise<void>) {
  const tls = { ca: authority, ...localhost, requestCert: true }
  const server = createForwardServer(tls, store).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return (options: Partial<ForwarderOptions>) => {
    const forwarder = createForwarder({ host: 'localhost', port, tag: 'vpc.flow', ...options })
    onTestFinished(() => void forwarder.close())
    return forwarder
  }
}

test.each(['Forward', 'PackedForward', 'CompressedPackedForward'] as const)(
  '%s: events are stored as they were sent, and acknowledged',
  async (mode) => {
    const stored: ForwardEvent[] = []
    const connect = await start(async (events) => void stored.push(...events))
    const forwarder = connect({ mode, tls: { ca: authority, ...client } })
    expect(await forwarder.send(line)).toMatchObject({ delivered: 1, undelivered: [] })
    expect(stored).toEqual([
      {
        tag: 'vpc.flow',
        time: 1_418_530_010_000,
        record: {
          version: 2,
          account_id: '123456789010',
          interface_id: 'eni-1235b8ca123456789',
          srcaddr: '172.31.16.139',
          dstaddr: '172.31.16.21',
          srcport: 20641,
          dstport: 22,
          protocol: 6,
          packets: 20,
          bytes: 4249,
          start: 1_418_530_010,
          end: 1_418_530_070,
          action: 'ACCEPT',
          log_status: 'OK',
          flow_id: 'b145101b855f52789957cecab7fd3533',
        },
      },
    ])
  },
)

test('what is not stored is not acknowledged, and who has no certificate is not heard', async () => {
  let attempts = 0
  const connect = await start(async () => {
    attempts++
    if (attempts < 3) throw new Error('the disk is full')
  })
  const forwarder = connect({ tls: { ca: authority, ...client } })
  expect(await forwarder.send(line)).toMatchObject({ delivered: 1 })
  expect(attempts).toBe(3)
  const stranger = connect({ tls: { ca: authority }, deadline: 1_000 })
  expect(await stranger.send(line)).toMatchObject({ delivered: 0, undelivered: [{}] })
  expect(attempts).toBe(3)
})
