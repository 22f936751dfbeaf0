/** The largest request that Firehose sends, through a process that serves. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { createFolder, deliver, line, listen, startServe } from './serve.test-support.ts'

test.runIf(process.platform === 'linux')(
  'memory is bounded by a Firehose request of 64 MiB',
  { timeout: 180_000 },
  async () => {
    let events = 0
    const hop = createServer((incoming, outgoing) => {
      incoming.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) events++
      })
      incoming.on('end', () => outgoing.end())
    })
    const { url, pid, stop } = await startServe(
      createFolder(),
      `
listen: { port: 0 }
endpoints: [{ path: /firehose, type: firehose, access_keys: [secret] }]
mapping: { to: json }
output: { url: 'http://127.0.0.1:${await listen(hop)}/', dead_letter: dead.ndjson }
`,
    )
    // As many records as Firehose sends, and as many lines in each as make almost 64 MiB of all.
    const record = Array.from({ length: 43 }, (_, at) => line(10_000 + at)).join('\n')
    const records = Array<string>(10_000).fill(record)
    expect((await deliver(url, 'large', records)).status).toBe(200)
    expect(events).toBe(430_000)
    const [, kibibytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    expect(Number(kibibytes) / 1024).toBeLessThan(700)
    expect(await stop('SIGTERM')).toBe(0)
  },
)
