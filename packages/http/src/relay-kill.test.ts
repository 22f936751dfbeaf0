import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { identifiedEventsOf, lineOf, startNextHop } from './http-transform.test-support.ts'

const program = `
import { createTransform, recordMapping } from '@flowlogs/core'
import { createHttpTransform, createRelay } from '@flowlogs/http'
import { serve } from '@hono/node-server'

const output = createRelay({ url: process.argv[2], deadLetter: async () => process.exit(1) })
const transform = createTransform({ mapping: recordMapping, index: true })
const fetch = createHttpTransform({ transform, output, id: 'flow_id', batchBytes: 20_000 })
serve({ fetch, port: Number(process.argv[3]), hostname: '127.0.0.1' }, ({ port }) => console.log(port))
`

/** Starts a transform in a process of its own; a port of 0 means any. */
async function startProcess(url: string, port: number): Promise<{ port: number; kill(): void }> {
  const child = spawn(
    process.execPath,
    [
      ...(process.env.DIST ? [] : ['--conditions=@flowlogs/source']),
      '--input-type=module',
      '-',
      url,
      String(port),
    ],
    { cwd: join(import.meta.dirname, '..'), stdio: ['pipe', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.end(program)
  for await (const line of createInterface(child.stdout)) {
    return { port: Number(line), kill: () => child.kill('SIGKILL') }
  }
  throw new Error('the transform did not start')
}

test('kill -9 amid batches, with a sender that tries again: nothing is lost, repeats share ids', async () => {
  const kills = 3
  let killed = 0
  let kill = () => {}
  const hop = await startNextHop(async (_got, index) => {
    await setTimeout(5)
    if (killed < kills && index % 4 === 2) {
      killed++
      kill()
    }
    return 200
  })
  let running = await startProcess(hop.url, 0)
  kill = running.kill
  const lines = Array.from({ length: 2_000 }, (_, n) => lineOf(n))
  for (let from = 0; from < lines.length; from += 500) {
    const body = lines.slice(from, from + 500).map((message) => JSON.stringify({ message }))
    for (let attempts = 0; ; attempts++) {
      if (attempts > 10) throw new Error('never delivered')
      try {
        const init = { method: 'POST', body: body.join('\n') }
        const response = await fetch(`http://127.0.0.1:${running.port}/`, init)
        if (response.status === 200) break
      } catch {
        running = await startProcess(hop.url, running.port)
        kill = running.kill
      }
    }
  }
  const wanted = identifiedEventsOf(...lines)
    .trimEnd()
    .split('\n')
  expect(killed).toBe(kills)
  expect(hop.stored.length).toBeGreaterThan(wanted.length)
  expect(new Set(hop.stored)).toStrictEqual(new Set(wanted))
})
