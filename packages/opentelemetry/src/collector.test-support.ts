/** A real Collector that writes what it gets to a file. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCollector } from '@flowlogs/conformance'
import { onTestFinished } from 'vitest'
import { type ReceivedRecord, recordsOf } from './receiver.test-support.ts'

/** A running collector. */
export interface Writer {
  /** Where its receiver listens. */
  readonly url: string
  /** The log records that it has written, once there are as many. */
  records(count: number): Promise<ReceivedRecord[]>
}

/**
 * Starts one for the test that runs: `receiver` is its name and settings in YAML, in which `{endpoint}`
 * stands for an address; `extension` is one that the receiver uses.
 */
export async function startWriter(
  program: string,
  receiver: { readonly name: string; readonly settings: string },
  extension?: { readonly name: string; readonly settings: string },
): Promise<Writer> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-otlp-'))
  const file = join(folder, 'logs.json')
  const endpoint = `127.0.0.1:${await freePort()}`
  const collector = await startCollector(
    program,
    [
      'receivers:',
      `  ${receiver.name}: ${receiver.settings.replace('{endpoint}', `'${endpoint}'`)}`,
      'exporters:',
      `  file: { path: ${file}, flush_interval: 100ms }`,
      ...(extension ? ['extensions:', `  ${extension.name}: ${extension.settings}`] : []),
      'service:',
      '  telemetry: { metrics: { level: none } }',
      ...(extension ? [`  extensions: [${extension.name}]`] : []),
      `  pipelines: { logs: { receivers: [${receiver.name}], exporters: [file] } }`,
    ].join('\n'),
  )
  onTestFinished(async () => {
    await collector.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  // The last line may not be whole yet.
  const written = (): ReceivedRecord[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .flatMap((text) => recordsOf([JSON.parse(text)]))
  return {
    url: `http://${endpoint}`,
    async records(count) {
      for (let attempt = 0; attempt < 100 && written().length < count; attempt++) {
        await new Promise((done) => setTimeout(done, 100))
      }
      return written()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
