/** A stand-in for S3 that serves objects over HTTP, and breaks where it is told to. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** What goes wrong with one request for an object. */
export type Fault =
  /** An error document, as S3 writes it. */
  | { readonly status: number; readonly code: string; readonly message?: string }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly resetAfter: number }
  /** Nothing more comes after so many bytes. */
  | { readonly stallAfter: number }
  /** The answer begins with the first byte, whatever was asked for. */
  | { readonly ignoresRange: true }

/** An object to serve. */
export interface StoredObject {
  readonly content: Uint8Array
  /** For the first requests, in order. */
  readonly faults?: readonly Fault[]
  /** Sizes of the pieces that are written, over and over. Default: all at once. */
  readonly sizes?: readonly number[]
  /** Milliseconds before each piece. */
  readonly delay?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A running stand-in. */
export interface S3StandIn {
  readonly endpoint: string
  /** Objects by `bucket/key`, with `?versionId=…` for a version. */
  readonly objects: Map<string, StoredObject>
  /** What was asked for, with the range. */
  readonly requests: string[]
  createClient(config?: S3ClientConfig): S3Client
  close(): Promise<void>
}

/** Starts a stand-in on a free port. */
export async function startS3StandIn(): Promise<S3StandIn> {
  const objects = new Map<string, StoredObject>()
  const requests: string[] = []
  const served = new Map<StoredObject, number>()
  const etags = new Map<StoredObject, string>()

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const versionId = searchParams.get('versionId')
    const version = versionId === null ? '' : `?versionId=${versionId}`
    const name = decodeURIComponent(pathname.slice(1)) + version
    const { range, 'if-match': ifMatch } = request.headers
    requests.push([name, range, ifMatch && 'if-match'].filter(Boolean).join(' '))
    const object = objects.get(name)
    if (!object) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.')
    const count = served.get(object) ?? 0
    served.set(object, count + 1)
    const fault = object.faults?.[count]
    if (fault && 'status' in fault) return refuse(response, fault.status, fault.code, fault.message)
    const etag = etags.get(object) ?? etagOf(object)
    etags.set(object, etag)
    if (ifMatch !== undefined && ifMatch !== etag) {
      return refuse(
        response,
        412,
        'PreconditionFailed',
        'A precondition you specified did not hold',
      )
    }
    const isPart = range !== undefined && !(fault && 'ignoresRange' in fault)
    const start = isPart ? Number(/bytes=(\d+)-/.exec(range)?.[1]) : 0
    const { length } = object.content
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': length - start,
      ...(isPart && { 'content-range': `bytes ${start}-${length - 1}/${length}` }),
      ...object.headers,
    })
    send(response, object, object.content.subarray(start), fault).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const clients: S3Client[] = []

  return {
    endpoint,
    objects,
    requests,
    createClient(config = {}) {
      const client = createS3Client(endpoint, config)
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) client.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client of a stand-in. */
function createS3Client(endpoint: string, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    ...config,
  })
}

function etagOf({ content }: StoredObject): string {
  return `"${createHash('md5').update(content).digest('hex')}"`
}

async function send(
  response: ServerResponse,
  { sizes = [], delay = 0 }: StoredObject,
  content: Uint8Array,
  fault: Fault | undefined,
): Promise<void> {
  response.flushHeaders()
  const isReset = fault !== undefined && 'resetAfter' in fault
  const isStalled = fault !== undefined && 'stallAfter' in fault
  const end = isReset ? fault.resetAfter : isStalled ? fault.stallAfter : content.length
  for (let at = 0, piece = 0; at < end; piece++) {
    const size = Math.min(sizes[piece % sizes.length] ?? end, end - at)
    if (delay > 0) await wait(delay)
    if (response.destroyed) return
    const part = content.subarray(at, at + size)
    // Until it is on its way; otherwise it would be lost in a reset.
    await new Promise<void>((done) => response.write(part, () => done()))
    at += size
  }
  if (isStalled) return
  if (isReset) {
    if (end === 0) await wait(5)
    response.destroy()
  } else response.end()
}

function refuse(response: ServerResponse, status: number, code: string, message = ''): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`,
  )
}
