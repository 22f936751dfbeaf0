/** flowlogs.yaml: read, checked, and with what its files hold. */
import { readFileSync } from 'node:fs'
import { parseFormat } from '@flowlogs/core'
import {
  type ConfigDocument,
  type Path,
  type Problem,
  parseConfigDocument,
} from './config-document.ts'
import { type ConfigFilter, toCondition } from './config-filters.ts'
import { checkConfigSchema } from './config-schema.ts'
import type { ShapeName } from './event-shape.ts'
import { usageError } from './failure.ts'
import { outputKind } from './serve-output-kind.ts'

/** What the file says; flowlogs.schema.json tells what it means. */
export interface Config {
  readonly listen?: {
    readonly host?: string
    readonly port?: number
    readonly tls?: { readonly cert_file: string; readonly key_file: string }
  }
  readonly endpoints: readonly ConfigEndpoint[]
  readonly mapping?: {
    readonly to?: ShapeName
    readonly ocsf_version?: string
  }
  readonly filters?: readonly ConfigFilter[]
  readonly output: {
    readonly url: string
    readonly dead_letter?: string
    readonly spool?: boolean | { readonly directory?: string; readonly max_bytes?: number }
  }
  readonly limits?: {
    readonly max_body_bytes?: number
    readonly max_pending_bytes?: number
    readonly max_connections?: number
    readonly max_header_bytes?: number
    readonly header_seconds?: number
    readonly request_seconds?: number
    readonly keep_alive_seconds?: number
    readonly idle_seconds?: number
    readonly shutdown_seconds?: number
  }
  readonly metrics?: boolean | { readonly access_keys?: readonly string[] }
}

/** What is served at one path. */
export interface ConfigEndpoint {
  readonly path: string
  readonly type: 'firehose' | 'transform'
  readonly access_keys?: readonly string[] | 'none'
  readonly access_keys_file?: string
  readonly format?: string
  readonly message?: string
  readonly carry?: readonly string[]
  readonly id?: string
  readonly respond?: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads a configuration, or tells everything that is wrong with it. Throws when there is no file. */
export function parseConfig(
  file: string,
  environment: Environment = process.env,
): Config | { readonly problems: readonly Problem[] } {
  const document = parseConfigDocument(readFileText(file), environment)
  if ('problems' in document) return document
  const checked = checkConfigSchema(document)
  if ('problems' in checked) return checked
  const config = checked.value as Config
  const problems = [...findMistakes(config, document)]
  return problems.length > 0 ? { problems } : config
}

/** Reads a configuration; throws the first thing that is wrong with it. */
export function readConfig(file: string): Config {
  const config = parseConfig(file)
  if (!('problems' in config)) return config
  const [first, ...more] = config.problems
  const others = more.length === 0 ? '' : ` (and ${more.length} more: see flowlogs check-config)`
  throw usageError(`${toText(file, first!)}${others}`)
}

/** `flowlogs.yaml:3:5: listen.port: expected …`. */
export function toText(file: string, { line, column, at, message }: Problem): string {
  return `${file}:${line}:${column}: ${at === '' ? '' : `${at}: `}${message}`
}

/** The keys that an endpoint accepts. Throws when their file cannot be read. */
export function accessKeysOf(endpoint: ConfigEndpoint): readonly string[] | 'none' {
  const { access_keys: keys, access_keys_file: file } = endpoint
  if (file === undefined) return keys ?? 'none'
  const lines = readFileText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.length === 0) throw usageError(`${file} has no key`)
  return lines
}

const ownPaths = ['/healthz', '/readyz', '/metrics']

/** What a schema cannot say. */
function* findMistakes(config: Config, document: ConfigDocument): Generator<Problem> {
  const { listen, endpoints, mapping, filters = [], output, limits = {}, metrics } = config
  for (const name of ['cert_file', 'key_file'] as const) {
    const file = listen?.tls?.[name]
    if (file === undefined) continue
    yield* attempt(document, ['listen', 'tls', name], () => readFileText(file))
  }
  const paths = new Set(ownPaths)
  for (const [index, endpoint] of endpoints.entries()) {
    const at = ['endpoints', index]
    if (paths.has(endpoint.path)) {
      const whose = ownPaths.includes(endpoint.path) ? 'the server itself' : 'another endpoint'
      yield document.problem([...at, 'path'], `${endpoint.path} belongs to ${whose}`)
    }
    paths.add(endpoint.path)
    yield* findEndpointMistakes(endpoint, at, document)
  }
  const { to = 'ocsf', ocsf_version: version } = mapping ?? {}
  if (to !== 'ocsf' && version !== undefined) {
    yield document.problem(['mapping', 'ocsf_version'], 'ocsf_version goes with to: ocsf', 'key')
  }
  const names = new Set<string>()
  for (const [index, { name, drop }] of filters.entries()) {
    if (names.has(name) || name in {}) {
      const reason = names.has(name) ? 'another filter has this name' : 'this name is reserved'
      yield document.problem(['filters', index, 'name'], reason)
    }
    names.add(name)
    yield* attempt(document, ['filters', index, 'drop'], () => toCondition(drop))
  }
  const { header_seconds: header = 0, request_seconds: request = 120 } = limits
  if (header > request) {
    const message = `header_seconds is more than request_seconds, which is ${request}`
    yield document.problem(['limits', 'header_seconds'], message)
  }
  const keys = typeof metrics === 'object' ? (metrics.access_keys ?? []) : []
  yield* findTokenMistakes(keys, ['metrics', 'access_keys'], document)
  yield* findOutputMistakes(output, to, document)
}

function* findTokenMistakes(
  keys: readonly string[],
  at: Path,
  document: ConfigDocument,
): Generator<Problem> {
  const index = keys.findIndex((key) => !/^[A-Za-z0-9._~+/-]+=*$/.test(key))
  const message = 'a bearer token is letters, digits and - . _ ~ + /'
  if (index !== -1) yield document.problem([...at, index], message)
}

function* findEndpointMistakes(
  endpoint: ConfigEndpoint,
  at: Path,
  document: ConfigDocument,
): Generator<Problem> {
  const { type, access_keys: keys, access_keys_file: file, format } = endpoint
  if (keys !== undefined && file !== undefined) {
    const message = 'access_keys and access_keys_file are both given'
    yield document.problem([...at, 'access_keys_file'], message, 'key')
  }
  if (keys === undefined && file === undefined) {
    const message =
      'access_keys or access_keys_file is missing; access_keys: none lets anybody deliver'
    yield document.problem(at, message)
  }
  if (file !== undefined) {
    yield* attempt(document, [...at, 'access_keys_file'], () => accessKeysOf(endpoint))
  }
  if (type === 'transform' && Array.isArray(keys)) {
    yield* findTokenMistakes(keys, [...at, 'access_keys'], document)
  }
  if (format !== undefined) {
    yield* attempt(document, [...at, 'format'], () => parseFormat(format))
  }
  for (const name of ['message', 'carry', 'id', 'respond'] as const) {
    if (type === 'transform' || endpoint[name] === undefined) continue
    yield document.problem([...at, name], `${name} goes with type: transform`, 'key')
  }
}

function* findOutputMistakes(
  { url, dead_letter: deadLetter, spool }: Config['output'],
  to: string,
  document: ConfigDocument,
): Generator<Problem> {
  const kind = outputKind(url)
  if (kind === undefined) {
    const message =
      'expected a URL of a sink (see flowlogs convert --help), file:PATH, stdout:, or an http or https URL'
    yield document.problem(['output', 'url'], message)
    return
  }
  if (kind === 'otlp' && to !== 'otlp') {
    yield document.problem(['output', 'url'], 'otlp URLs go with mapping.to: otlp')
  }
  if (kind !== 'siem' && spool !== undefined && spool !== false) {
    yield document.problem(
      ['output', 'spool'],
      'a spool is for OpenSearch, Splunk, Security Lake and dir:',
      'key',
    )
  }
  if (kind === 'relay' && deadLetter === undefined) {
    const message = 'dead_letter is missing: a file for events that the next hop refuses'
    yield document.problem(['output'], message, 'key')
  }
  if (kind !== 'siem' && kind !== 'relay' && deadLetter !== undefined) {
    const message = 'a dead letter is for OpenSearch, Splunk, Security Lake, dir: and http URLs'
    yield document.problem(['output', 'dead_letter'], message, 'key')
  }
}

/** What is thrown becomes a problem there. */
function* attempt(document: ConfigDocument, path: Path, step: () => unknown): Generator<Problem> {
  try {
    step()
  } catch (error) {
    yield document.problem(path, (error as Error).message.replaceAll(/\s*\n\s*/g, ' '))
  }
}

function readFileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`cannot read ${file}: ${(error as Error).message}`)
  }
}
