/**
 * Stands in for Vector, where its image cannot be had: `vector-stand-in.ts VECTOR.YAML` does what the
 * file says.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parse } from 'yaml'
import { createVectorStandIn } from './vector.ts'

const text = readFileSync(process.argv[2] ?? '', 'utf8')
const { path } = parse(text).secret.files
const config = parse(
  text.replaceAll(/SECRET\[files\.([\w-]+)\]/g, (_, name) =>
    readFileSync(join(path, name), 'utf8').trimEnd(),
  ),
)
const { firehose, fromFlowlogs } = createVectorStandIn(config)
const health = createServer((_, outgoing) => outgoing.end('{"ok":true}'))

const { sources } = config
const places = [
  [firehose, sources.firehose.address],
  [fromFlowlogs, sources.from_flowlogs.address],
  [health, '127.0.0.1:8686'],
] as const
for (const [server, address] of places) {
  const [host, port] = address.split(':')
  server.listen(Number(port), host)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit())
