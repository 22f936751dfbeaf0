/** Metrics of OpenTelemetry as the text that Prometheus scrapes. */
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** A meter provider, and what it has measured. */
export interface PrometheusMetrics {
  /** To be registered with `metrics.setGlobalMeterProvider` where the program is composed. */
  readonly meterProvider: MeterProvider
  /** For the `metrics` option of the server. */
  text(): Promise<string>
}

/** Builds a meter provider whose measurements can be read as Prometheus text; it opens no port. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const reader = new PrometheusExporter({ preventServerStart: true })
  // Without `target_info`: whoever scrapes knows the target, and it would tell the program's path.
  const serializer = new PrometheusSerializer('', false, undefined, true)
  return {
    meterProvider: new MeterProvider({ readers: [reader] }),
    async text() {
      const { resourceMetrics } = await reader.collect()
      return serializer.serialize(resourceMetrics)
    },
  }
}
