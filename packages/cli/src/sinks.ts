/** The sinks that --out can name. */
import { S3 } from '@aws-sdk/client-s3'
import { createTransform } from '@flowlogs/core'
import { createForwarder, parseForwardUrl } from '@flowlogs/fluent'
import { createOtlpSender } from '@flowlogs/opentelemetry'
import {
  type Compression,
  createBucketStore,
  createDirectoryStore,
  createFileSink,
  createOpenSearchSink,
  createSecurityLakeSink,
  createSplunkSink,
  type DeadLetter,
  type LakeVersion,
  type Sink as SiemSink,
} from '@flowlogs/siem'
import type { Shape, Sink } from './destination.ts'
import { usageError } from './failure.ts'
import { opensearchConnection, opensearchParameters } from './opensearch-url.ts'
import { probeReceiver } from './probe-receiver.ts'
import { requireSecret } from './secret.ts'
import { type SinkScheme, sinkSchemeOf } from './sink-schemes.ts'
import { readSinkUrl, readTls, tlsParameters } from './sink-url.ts'

export {
  createBackfillCheckpoint,
  createDeadLetter,
  createSpool,
  replayDeadLetter,
  type SpoolProblem,
} from '@flowlogs/siem'

/** What lines are to become, and where what no receiver takes goes. */
export interface SinkContext {
  readonly shape: Shape
  readonly deadLetter?: DeadLetter
}

type OpenSiemSink = (url: string, deadLetter?: DeadLetter) => SiemSink

const siemSinks: Readonly<Partial<Record<SinkScheme, OpenSiemSink>>> = {
  'opensearch+https:': openSearch,
  'opensearch+http:': openSearch,
  'splunk+https:': openSplunk,
  'splunk+http:': openSplunk,
  'security-lake:': openSecurityLake,
  'dir:': openDirectory,
}

/** Opens the sink that a URL names. Throws when the URL or the environment is wrong. */
export function openSink(url: string, { shape, deadLetter }: SinkContext): Sink {
  const scheme = sinkSchemeOf(url)
  if (scheme !== undefined && scheme in siemSinks) {
    const sink = openSiemSink(url, deadLetter)
    return { transform: createTransform({ ...shape, index: true }), ...sink }
  }
  if (deadLetter) throw usageError(`--dead-letter is not for ${scheme} URLs`)
  return scheme?.startsWith('otlp') ? openOtlp(url, shape) : openForward(url, shape)
}

/** Opens a sink that takes events as they are. Throws when the URL names none. */
export function openSiemSink(url: string, deadLetter?: DeadLetter): SiemSink {
  const scheme = sinkSchemeOf(url)
  const open = scheme && siemSinks[scheme]
  if (open) return open(url, deadLetter)
  throw usageError(`--out ${url} is none of ${Object.keys(siemSinks).join(', ')}`)
}

function openSearch(url: string, deadLetter?: DeadLetter): SiemSink {
  const parameters = readSinkUrl(url, [...opensearchParameters, 'timestamp-field', 'omit-ids'])
  const timestampField = parameters.get('timestamp-field')
  return createOpenSearchSink({
    ...opensearchConnection(parameters),
    ...(timestampField !== undefined && { timestampField }),
    omitIds: parameters.is('omit-ids'),
    ...(deadLetter && { deadLetter }),
  })
}

function openSplunk(url: string, deadLetter?: DeadLetter): SiemSink {
  const names = ['index', 'source', 'sourcetype', 'host', 'acknowledgement', ...tlsParameters]
  const parameters = readSinkUrl(url, names)
  const metadata = ['index', 'source', 'sourcetype', 'host'].flatMap((name) => {
    const value = parameters.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  return createSplunkSink({
    url: parameters.place,
    token: requireSecret('FLOWLOGS_SPLUNK_TOKEN', "the token of Splunk's HTTP Event Collector"),
    ...Object.fromEntries(metadata),
    ...readTls(parameters),
    acknowledgement: parameters.is('acknowledgement'),
    ...(deadLetter && { deadLetter }),
  })
}

/** `security-lake:s3://BUCKET?…`, or a directory in place of the bucket. */
function openSecurityLake(url: string, deadLetter?: DeadLetter): SiemSink {
  const { place, get } = readSinkUrl(url, ['source', 'region', 'fallback-account', 'version'])
  const target = place.slice('security-lake:'.length)
  const bucket = /^s3:\/\/([^/]+)\/?$/.exec(target)?.[1]
  const [source, region] = [get('source'), get('region')]
  if (target === '' || source === undefined || region === undefined) {
    throw usageError(
      'Security Lake is security-lake:s3://BUCKET?source=NAME&region=REGION, or with a directory in place of s3://BUCKET',
    )
  }
  const client = bucket === undefined ? undefined : new S3({ region })
  const store =
    client && bucket !== undefined
      ? createBucketStore(client, bucket)
      : createDirectoryStore(target)
  const fallbackAccount = get('fallback-account')
  const version = get('version') as LakeVersion | undefined
  return createSecurityLakeSink({
    store,
    source,
    region,
    ...(fallbackAccount !== undefined && { fallbackAccount }),
    ...(version !== undefined && { version }),
    ...(deadLetter && { deadLetter }),
  })
}

function openDirectory(url: string, deadLetter?: DeadLetter): SiemSink {
  const { place, get, number } = readSinkUrl(url, ['compression', 'max-file-bytes'])
  const directory = place.slice('dir:'.length)
  if (directory === '') throw usageError('dir: is followed by the path of a directory')
  const compression = get('compression') as Compression | undefined
  const maxFileBytes = number('max-file-bytes')
  return createFileSink({
    directory,
    ...(compression !== undefined && { compression }),
    ...(maxFileBytes !== undefined && { maxFileBytes }),
    ...(deadLetter && { deadLetter }),
  })
}

function openForward(url: string, shape: Shape): Sink {
  const { mapping, format, filter } = shape
  const forwarder = createForwarder({
    ...parseForwardUrl(url),
    mapping,
    ...(format !== undefined && { format }),
    ...(filter && { filter }),
  })
  return {
    transform: forwarder.transform,
    async deliver(batch) {
      const { delivered } = await forwarder.deliver(batch)
      return { accepted: delivered }
    },
    async close(patience) {
      const giveUp = () => void forwarder.close({ timeout: 0 })
      if (patience?.aborted) giveUp()
      else patience?.addEventListener('abort', giveUp, { once: true })
      await forwarder.close()
      patience?.removeEventListener('abort', giveUp)
    },
  }
}

function openOtlp(url: string, shape: Shape): Sink {
  if (!shape.toBytes) throw usageError('otlp URLs go with --to otlp')
  const { place } = readSinkUrl(url, [])
  const sender = createOtlpSender({ url: place, compression: 'gzip' })
  return {
    transform: createTransform(shape),
    async deliver(batch) {
      const { accepted, rejected } = await sender.deliver(batch)
      if (rejected > 0) throw new Error(`the receiver refused ${rejected} records`)
      return { accepted }
    },
    ready: () => probeReceiver(place),
    async close() {},
  }
}
