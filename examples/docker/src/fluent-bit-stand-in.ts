/**
 * Stands in for Fluent Bit, where its image cannot be had: `fluent-bit-stand-in.ts FLUENT-BIT.YAML`
 * does what the file says of the plugins forward and opensearch. Events are on disk before they are
 * acknowledged, and stay there until OpenSearch has them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { writeBulk } from './bulk.ts'
import { openChunkFolder } from './chunk-folder.ts'
import { createForwardServer, type ForwardEvent } from './forward-server.ts'

const { service, pipeline } = parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const [input] = pipeline.inputs
const [output] = pipeline.outputs
const chunks = openChunkFolder(join(service['storage.path'], 'forward.0'))

const tls = {
  ca: readFileSync(input['tls.ca_file']),
  cert: readFileSync(input['tls.crt_file']),
  key: readFileSync(input['tls.key_file']),
  requestCert: input['tls.verify_client_cert'] === 'on',
}
const server = createForwardServer(tls, (events) => {
  const matching = events.filter(({ tag }) => tag === output.match)
  return matching.length > 0 ? chunks.add(matching) : Promise.resolve()
})
server.listen(input.port, input.listen)

let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    isStopping = true
    server.close()
  })
}

let wait = 1
while (!isStopping) {
  try {
    await chunks.deliver((events) => write(events as ForwardEvent[]))
    wait = service.flush
  } catch (error) {
    console.error(`${(error as Error).message}; trying again`)
    wait = Math.min(wait * 2, service['scheduler.cap'])
  }
  await setTimeout(wait * 1_000)
}
process.exit()

async function write(events: readonly ForwardEvent[]): Promise<void> {
  const statuses = await writeBulk(
    `http://${output.host}:${output.port}`,
    events.map(({ time, record }) => ({
      action: output.write_operation,
      index: output.index,
      id: String(record[output.id_key]),
      document: { '@timestamp': new Date(time).toISOString(), ...record },
    })),
  )
  const bad = statuses.find((status) => status > 299)
  if (bad !== undefined) throw new Error(`OpenSearch answered ${bad} to an event`)
}
