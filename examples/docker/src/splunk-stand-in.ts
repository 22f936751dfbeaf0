/**
 * Stands in for Splunk, where its image cannot be had: `splunk-stand-in.ts DEFAULT.YML FILE` reads
 * what Splunk's image would read, and keeps events in a file.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createSplunkStandIn } from './splunk-server.ts'

const [defaults = '', file = ''] = process.argv.slice(2)
const { splunk } = parse(readFileSync(defaults, 'utf8'))
const { password, hec } = splunk
const { collector, management } = createSplunkStandIn(file, String(hec.token), String(password))

collector.listen(hec.port, '0.0.0.0')
management.listen(8089, '0.0.0.0')
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    collector.close()
    management.close()
    collector.closeIdleConnections()
    management.closeIdleConnections()
  })
}
