/** fluent-bit.yaml, held against Fluent Bit's manual; shippers.peers.test.ts asks Fluent Bit. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const file = resolve(import.meta.dirname, '../../fluent/fluent-bit.yaml')
const { service, pipeline } = parse(readFileSync(file, 'utf8'))

// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/yaml/service-section,
// …/administration/buffering-and-storage, …/administration/scheduling-and-retries
const ofService = ['flush', 'grace', 'storage.path', 'storage.sync', 'scheduler.cap']
// https://docs.fluentbit.io/manual/administration/transport-security
const tls = ['tls', 'tls.verify', 'tls.ca_file', 'tls.crt_file', 'tls.key_file']
// https://docs.fluentbit.io/manual/data-pipeline/inputs/forward
const ofForward = ['listen', 'port', 'storage.type', 'tls.verify_client_cert', ...tls]
// https://docs.fluentbit.io/manual/data-pipeline/outputs/opensearch
const ofOpenSearch = [
  ...['host', 'port', 'index', 'suppress_type_name', 'write_operation', 'id_key', 'buffer_size'],
  ...['name', 'match', 'retry_limit'],
]
const options: Readonly<Record<string, readonly string[]>> = {
  forward: ['name', ...ofForward],
  opensearch: ofOpenSearch,
}

test('fluent-bit.yaml has documented options only', () => {
  expect(Object.keys(service).filter((key) => !ofService.includes(key))).toEqual([])
  for (const plugin of [...pipeline.inputs, ...pipeline.outputs]) {
    expect(options).toHaveProperty(plugin.name)
    const known = options[plugin.name] ?? []
    expect(Object.keys(plugin).filter((key) => !known.includes(key))).toEqual([])
  }
})
