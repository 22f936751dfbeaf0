/** What an output URL names; apart from the outputs, which take time to load. */
import { sinkSchemeOf } from './sink-schemes.ts'

/** `siem` sinks take a spool and a dead letter. */
export type OutputKind = 'siem' | 'forward' | 'otlp' | 'relay' | 'file' | 'stdout'

/** The kind, or undefined when the URL names nothing. */
export function outputKind(url: string): OutputKind | undefined {
  if (/^https?:\/\/./.test(url)) return 'relay'
  if (/^file:./.test(url)) return 'file'
  if (url === 'stdout:') return 'stdout'
  const scheme = sinkSchemeOf(url)
  if (scheme === undefined) return undefined
  if (scheme.startsWith('forward')) return 'forward'
  return scheme.startsWith('otlp') ? 'otlp' : 'siem'
}
