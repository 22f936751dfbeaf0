/** Real receivers, with the configurations of the README. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import {
  certificates,
  describePeer,
  type Found,
  findCollector,
  parseExactly,
} from '@flowlogs/conformance'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createForwarder, type ForwarderOptions } from './index.ts'

const { authority, client, localhost } = certificates

/** An event as a receiver wrote it down. */
interface Written {
  readonly tag: string
  /** Unix seconds. */
  readonly time: number
  readonly record: Readonly<Record<string, unknown>>
}

interface Peer {
  readonly name: string
  readonly program: Found<string>
  /** Arguments, given the configuration's file. */
  readonly run: (file: string) => readonly string[]
  /** The block of the README. */
  readonly configuration: string
  readonly options: Partial<ForwarderOptions>
  readonly read: (lines: readonly string[]) => readonly Written[]
}

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
const [fluentBitConfiguration, collectorConfiguration] = blocks('yaml')
const [fluentdConfiguration] = blocks('apache')

const tls = { ca: authority, ...client }

const peers: readonly Peer[] = [
  {
    name: 'OpenTelemetry Collector',
    program: findCollector(),
    run: (file) => ['--config', file],
    configuration: collectorConfiguration ?? '',
    options: {},
    read: (lines) => lines.flatMap(readOtlp),
  },
  {
    name: 'Fluent Bit',
    program: onPath('fluent-bit'),
    run: (file) => ['--quiet', '--config', file],
    configuration: fluentBitConfiguration ?? '',
    options: { tls },
    read: (lines) =>
      lines.map((line) => {
        const [, tag = '', time, record = ''] = /^(\S+): \[([\d.]+), (.*)\]$/.exec(line) ?? []
        return { tag, time: Number(time), record: parseRecord(record) }
      }),
  },
  {
    name: 'Fluentd',
    program: onPath('fluentd'),
    run: (file) => ['-q', '--config', file],
    configuration: fluentdConfiguration ?? '',
    options: {
      tls,
      receiver: 'fluentd',
      security: { sharedKey: 'a shared secret', username: 'flow', password: 'a password' },
    },
    read: (lines) =>
      lines.map((line) => {
        const { tag, time, ...record } = parseRecord(line)
        return { tag: String(tag), time: Number(time), record }
      }),
  },
]

const accepted =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const large = '2 - eni-1 - - - - - 9007199254740993 9223372036854775807 1763700000123 - REJECT OK'

for (const peer of peers) {
  describePeer(peer.name, peer.program, (program) => {
    const folder = mkdtempSync(join(tmpdir(), 'flowlogs-fluent-'))
    const logs = join(folder, 'logs')
    let port = 0
    let child: ChildProcess | undefined

    beforeAll(async () => {
      port = await freePort()
      mkdirSync(logs)
      writeFileSync(join(folder, 'ca.pem'), authority)
      writeFileSync(join(folder, 'receiver.pem'), localhost.cert)
      writeFileSync(join(folder, 'receiver.key'), localhost.key)
      const file = join(folder, `configuration.${peer.name === 'Fluentd' ? 'conf' : 'yaml'}`)
      const configuration = peer.configuration
        .replaceAll('24224', String(port))
        .replaceAll('/etc/flowlogs', folder)
        .replaceAll('/var/log/flowlogs', logs)
      writeFileSync(file, configuration)
      child = spawn(program, peer.run(file), { stdio: ['ignore', 'inherit', 'inherit'] })
      await until(() => answers(port))
    }, 30_000)

    afterAll(async () => {
      if (child?.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true })
    })

    function written(): readonly Written[] {
      const files = readdirSync(logs, { withFileTypes: true }).filter((entry) => entry.isFile())
      // The last line may not be whole yet.
      const lines = files.flatMap(({ name }) =>
        readFileSync(join(logs, name), 'utf8').split('\n').slice(0, -1),
      )
      return peer.read(lines)
    }

    const modes = ['PackedForward', 'CompressedPackedForward', 'Forward'] as const
    test.each(modes)('%s: every digit and every event', async (mode) => {
      const tag = `vpc.flow.${mode}.\${action}`
      const forwarder = createForwarder({ host: 'localhost', port, tag, mode, ...peer.options })
      const report = await forwarder.send(`${accepted}\n${large}\n`)
      const burst = Array.from({ length: 30_000 }, (_, index) =>
        accepted.replace('4249', `${index}`),
      )
      const all = await forwarder.send(burst.join('\n'))
      expect(await forwarder.close()).toEqual([])
      expect([report.delivered, all.delivered]).toEqual([2, 30_000])

      const own = () => written().filter((each) => each.tag.startsWith(`vpc.flow.${mode}.`))
      await until(() => own().length >= 30_002)
      const [first, second] = [accepted, large].map((_, index) =>
        own().find(({ record }) => record.flow_id === ids(report.ledger.emitted)[index]),
      )
      expect(first).toEqual({
        tag: `vpc.flow.${mode}.ACCEPT`,
        time: 1418530010,
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
          start: 1418530010,
          end: 1418530070,
          action: 'ACCEPT',
          log_status: 'OK',
          flow_id: expect.any(String),
        },
      })
      expect(second).toEqual({
        tag: `vpc.flow.${mode}.REJECT`,
        time: 1763700000.123,
        record: {
          version: 2,
          interface_id: 'eni-1',
          packets: 9007199254740993n,
          bytes: 9223372036854775807n,
          start: 1763700000123,
          action: 'REJECT',
          log_status: 'OK',
          flow_id: expect.any(String),
        },
      })
      const counts = own().map(({ record }) => record.bytes)
      expect(new Set(counts).size).toBe(30_001)
      expect(counts).toHaveLength(30_002)

      function ids(emitted: number): readonly string[] {
        const { events } = forwarder.transform(`${accepted}\n${large}\n`)
        return events?.ids.slice(0, emitted) ?? []
      }
    })

    test('packets beyond the limit of the receiver', async () => {
      const tag = 'vpc.flow.large'
      const options = { host: 'localhost', port, tag, maxPacketBytes: 20_000_000 }
      const forwarder = createForwarder({ ...options, ...peer.options })
      const lines = Array.from({ length: 40_000 }, (_, index) =>
        accepted.replace('4249', `${index}`),
      )
      expect((await forwarder.send(lines.join('\n'))).delivered).toBe(40_000)
      await forwarder.close()
      const own = () => written().filter((each) => each.tag === tag)
      await until(() => own().length >= 40_000)
      expect(new Set(own().map(({ record }) => record.bytes)).size).toBe(40_000)
    })
  })
}

/** A line of the file exporter: OTLP logs as JSON, whose integers are texts. */
function readOtlp(line: string): readonly Written[] {
  const { resourceLogs } = JSON.parse(line)
  return resourceLogs
    .flatMap(({ scopeLogs }: { scopeLogs: unknown[] }) => scopeLogs)
    .flatMap(({ logRecords }: { logRecords: unknown[] }) => logRecords)
    .map(({ timeUnixNano, attributes }: { timeUnixNano: string; attributes: OtlpAttribute[] }) => {
      const { 'fluent.tag': tag, ...record } = Object.fromEntries(
        attributes.map(({ key, value }) => [
          key,
          value.stringValue ?? parseExactly(String(value.intValue)),
        ]),
      )
      return { tag: String(tag), time: Number(BigInt(timeUnixNano) / 1_000_000n) / 1000, record }
    })
}

interface OtlpAttribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string }
}

function parseRecord(json: string): Record<string, unknown> {
  return parseExactly(json) as Record<string, unknown>
}

function blocks(language: string): readonly string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...readme.matchAll(pattern)].map(([, text = '']) => text)
}

function onPath(name: string): Found<string> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const peer = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  return peer === undefined ? { missing: `${name} is not on the PATH` } : { peer }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 100))
}
