/**
 * Stands in for the Collector's exporter to OpenSearch, where it cannot be had:
 * `opensearch-exporter-stand-in.ts COLLECTOR.YAML` reads the settings that it would have.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createOpenSearchExporter } from './opensearch-exporter.ts'

const { exporters } = parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const { http, logs_index: index } = exporters.opensearch
createOpenSearchExporter(http.endpoint, index).listen(4319, '0.0.0.0')
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit())
