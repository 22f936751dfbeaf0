/** How the URLs of sinks begin; apart from the sinks, which take time to load. */
const sinkSchemes = [
  'opensearch+https:',
  'opensearch+http:',
  'splunk+https:',
  'splunk+http:',
  'security-lake:',
  'dir:',
  'forward:',
  'forward+tls:',
  'forward+unix:',
  'otlp+https:',
  'otlp+http:',
] as const

/** The beginning of one. */
export type SinkScheme = (typeof sinkSchemes)[number]

/** The scheme of a URL that names a sink. */
export function sinkSchemeOf(url: string): SinkScheme | undefined {
  return sinkSchemes.find((scheme) => url.startsWith(scheme))
}
