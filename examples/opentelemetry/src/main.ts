import { createServer } from '@flowlogs/http'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { createService } from './service.ts'

// The exporter reads OTEL_EXPORTER_OTLP_ENDPOINT and its like.
const service = createService({
  exporter: new OTLPLogExporter(),
  accessKeys: [process.env.ACCESS_KEY ?? 'secret'],
})
// The endpoint checks Firehose's access key itself.
const server = createServer({
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
