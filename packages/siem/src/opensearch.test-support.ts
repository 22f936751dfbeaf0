/** A stand-in for OpenSearch: documents by id, `_bulk` as the real one answers it, faults by script. */
import type { TestCertificate } from './certificate.test-support.ts'
import {
  type Answer,
  createHttpReceiver,
  type HttpReceiver,
  type ReceivedRequest,
} from './http-receiver.test-support.ts'

/** How the server fails a single action. */
export interface ItemFault {
  readonly status: number
  readonly type: string
  readonly reason?: string
}

/** A server that stores documents. */
export interface OpenSearchStandIn {
  readonly receiver: HttpReceiver
  /** The text of each document by `index/id`. */
  readonly documents: ReadonlyMap<string, string>
  /** Asked for each action of each request; what it returns is what becomes of that action. */
  failItems(fault: (id: string, document: string) => ItemFault | undefined): void
  /** Carries out a `_bulk` request, and gives the answer: for scripts that then answer otherwise. */
  bulk(request: ReceivedRequest): Exclude<Answer, string>
}

/** Starts the server. Requests that OpenSearch would not understand are answered with 400. */
export async function createOpenSearchStandIn(
  options: { readonly tls?: TestCertificate } = {},
): Promise<OpenSearchStandIn> {
  const documents = new Map<string, string>()
  let faultOf: (id: string, document: string) => ItemFault | undefined = () => undefined
  let made = 0

  function create(index: string, action: string, document: string): object {
    const { _id: given, ...others } = JSON.parse(action).create
    if (Object.keys(others).length > 0) throw new Error(`unknown members in ${action}`)
    JSON.parse(document)
    const id: string = given ?? `made-up-${++made}`
    const key = `${index}/${id}`
    const fault =
      faultOf(id, document) ??
      (documents.has(key)
        ? { status: 409, type: 'version_conflict_engine_exception', reason: `[${id}]: exists` }
        : undefined)
    if (!fault) documents.set(key, document)
    const { status = 201, ...error } = fault ?? {}
    return { create: { _index: index, _id: id, status, ...(fault && { error }) } }
  }

  function bulk({ method, path, headers, text }: ReceivedRequest): Exclude<Answer, string> {
    try {
      const [, index] = /^\/([^/]+)\/_bulk(?:\?filter_path=[^&]+)?$/.exec(path) ?? []
      if (!index || method !== 'POST') throw new Error(`${method} ${path}`)
      if (headers['content-type'] !== 'application/x-ndjson') throw new Error('content-type')
      if (!text.endsWith('\n')) throw new Error('the bulk request must be terminated by a newline')
      const lines = text.slice(0, -1).split('\n')
      if (lines.length % 2 === 1) throw new Error('an action without a document')
      const items = Array.from({ length: lines.length / 2 }, (_, pair) =>
        create(index, lines[pair * 2]!, lines[pair * 2 + 1]!),
      )
      const errors = items.some((item) => 'error' in (item as { create: object }).create)
      return { body: { took: 1, errors, items } }
    } catch (mistake) {
      const error = { type: 'illegal_argument_exception', reason: String(mistake) }
      return { status: 400, body: { error, status: 400 } }
    }
  }

  return {
    receiver: await createHttpReceiver({ ...options, always: bulk }),
    documents,
    failItems(fault) {
      faultOf = fault
    },
    bulk,
  }
}
