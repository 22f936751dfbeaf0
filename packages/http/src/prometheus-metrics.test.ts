import { metrics } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { createPrometheusMetrics } from './prometheus-metrics.ts'
import { echo, start } from './server.test-support.ts'

test('/metrics is what Prometheus scrapes: the requests, and what else is measured', async () => {
  const { meterProvider, text } = createPrometheusMetrics()
  metrics.setGlobalMeterProvider(meterProvider)
  onTestFinished(() => metrics.disable())
  const { url } = await start({ routes: { '/in': echo }, metrics: text })
  meterProvider.getMeter('test').createCounter('flowlogs.lines').add(3, { outcome: 'emitted' })
  await fetch(`${url}/in`, { method: 'POST', body: 'x' })
  await fetch(`${url}/in`, { method: 'POST', body: 'x' })
  await fetch(`${url}/elsewhere`)
  await fetch(`${url}/__proto__`)

  const response = await fetch(`${url}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await response.text()).split('\n').filter((line) => !/_sum|_bucket/.test(line))
  expect(lines).toEqual([
    '# HELP flowlogs_lines_total description missing',
    '# TYPE flowlogs_lines_total counter',
    'flowlogs_lines_total{outcome="emitted",otel_scope_name="test"} 3',
    '# HELP http_server_request_duration Duration of HTTP server requests.',
    '# UNIT http_server_request_duration s',
    '# TYPE http_server_request_duration histogram',
    'http_server_request_duration_count{http_request_method="POST",http_response_status_code="200",url_scheme="http",http_route="/in",otel_scope_name="@flowlogs/http"} 2',
    'http_server_request_duration_count{http_request_method="GET",http_response_status_code="404",url_scheme="http",otel_scope_name="@flowlogs/http"} 2',
    '',
  ])
})

test('without metrics there is no such path', async () => {
  const { url } = await start({ routes: {} })
  expect((await fetch(`${url}/metrics`)).status).toBe(404)
})
