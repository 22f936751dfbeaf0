import { readFileSync } from 'node:fs'
import { createServer } from '@flowlogs/http'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { createService } from './service.ts'

const { ACCESS_KEY_FILE = 'secrets/access-key', FLOW_LOG_FORMAT = 'v2' } = process.env

// The exporter reads OTEL_EXPORTER_OTLP_ENDPOINT and its like.
const service = createService({
  exporter: new OTLPLogExporter(),
  accessKeys: [readFileSync(ACCESS_KEY_FILE, 'utf8').trim()],
  format: FLOW_LOG_FORMAT,
})
// The endpoint checks Firehose's access key itself.
const server = createServer({
  host: '0.0.0.0',
  port: 8080,
  routes: { '/firehose': { handler: service.handle, auth: 'none' } },
})
await server.listen()
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

async function stop(): Promise<void> {
  await server.close()
  await service.close()
}
