import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openServerOutput } from './serve-output.ts'

const line = (maker: number) =>
  `2 123456789010 eni-${maker} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n`

test('the memory of a batch is used again once the spool has it on disk, and not before', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  // Nobody listens there, so everything stays in the spool.
  const url = 'opensearch+http://127.0.0.1:1/flows'
  const config = { endpoints: [], output: { url, spool: { directory } } }
  const { transform, deliver, close } = await openServerOutput(config, () => {})
  const batches = [1, 2, 3, 4].map((maker) => transform(line(maker).repeat(200)))
  const buffers = new Set(batches.map(({ output }) => output.buffer))
  expect(buffers.size).toBe(4)
  await Promise.all(batches.map((batch) => deliver(batch)))
  const next = transform(line(5).repeat(200))
  expect(buffers.has(next.output.buffer)).toBe(true)
  await deliver(next)
  await close(AbortSignal.abort())
  const spooled = readdirSync(directory)
    .filter((name) => name.endsWith('.frames'))
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('')
  const counts = [1, 2, 3, 4, 5].map((maker) => spooled.split(`"eni-${maker}"`).length - 1)
  expect(counts).toStrictEqual([200, 200, 200, 200, 200])
})
