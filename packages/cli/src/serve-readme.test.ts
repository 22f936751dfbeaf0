/** What SERVE.md begins with, from Firehose to OpenSearch; nothing is changed but where things are. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificates } from '@flowlogs/conformance'
import { expect, test } from 'vitest'
import { parseConfig, toText } from './config.ts'
import {
  createFolder,
  deliver,
  eventOf,
  line,
  startBulkServer,
  startServe,
  until,
} from './serve.test-support.ts'

const text = readFileSync(join(import.meta.dirname, '../SERVE.md'), 'utf8')
const [, yaml = ''] = /^# flowlogs serve\n\n```yaml\n(.*?)^```$/ms.exec(text) ?? []

test('the file serves', async () => {
  const bulk = await startBulkServer()
  const folder = createFolder()
  mkdirSync(join(folder, 'tls'))
  writeFileSync(join(folder, 'tls/cert.pem'), certificates.localhost.cert)
  writeFileSync(join(folder, 'tls/key.pem'), certificates.localhost.key)
  const places = {
    'host: 0.0.0.0': 'host: 127.0.0.1',
    'port: 8443': 'port: 0',
    'opensearch+https://search:9200/ocsf-network-activity': bulk.url,
    '/var/lib/flowlogs/spool': join(folder, 'spool'),
  }
  const here = Object.entries(places).reduce((config, [from, to]) => {
    expect(config.split(from)).toHaveLength(2)
    return config.replace(from, to)
  }, yaml)
  const { url, stop } = await startServe(folder, here, { FIREHOSE_ACCESS_KEY: 'secret' })
  expect(url).toMatch(/^https:/)
  const header =
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
  const inside = line(2, 53).replace('172.31.16.21', '10.0.0.2')
  const lines = [[header, line(1), inside, line(3, 53)].join('\n')]
  expect((await deliver(url, 'a', lines)).status).toBe(200)
  await until(() => bulk.documents.size > 0)
  expect(await stop('SIGTERM')).toBe(0)
  expect([...bulk.documents.values()]).toEqual([eventOf(line(1)), eventOf(line(3, 53))])
})

test('the mistakes are those that check-config finds', () => {
  const [, mistakes = ''] = /^## Mistakes\n.*?^```text\n(.*?)^```$/ms.exec(text) ?? []
  const file = join(createFolder(), 'flowlogs.yaml')
  const check = (changed: string, environment: Record<string, string>) => {
    writeFileSync(file, changed.replace(/ {2}tls:.*\n/, ''))
    const config = parseConfig(file, environment)
    return 'problems' in config ? config.problems.map((each) => toText('flowlogs.yaml', each)) : []
  }
  const wrong = yaml.replace('port:', 'prot:').replace('type: firehose', 'type: firehouse')
  const found = [...check(wrong, { FIREHOSE_ACCESS_KEY: 'a' }), ...check(yaml, {})]
  const withoutPlaces = (each: string) => each.replace(/:\d+:\d+:/, '')
  expect(found.map(withoutPlaces)).toEqual(mistakes.trimEnd().split('\n').map(withoutPlaces))
})
