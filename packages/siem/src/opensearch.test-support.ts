/** A stand-in for OpenSearch: documents by id, and `_bulk` as the real one answers it. */
import type { Answer, ReceivedRequest } from './http-receiver.test-support.ts'

/** How the server fails a single action. */
export interface ItemFault {
  readonly status: number
  readonly type: string
  readonly reason?: string
}

/** A server that stores documents. */
export interface OpenSearchStandIn {
  /** Carries out a `_bulk` request. What OpenSearch would not understand is answered with 400. */
  bulk(request: ReceivedRequest): Exclude<Answer, string>
  /** The text of each document by `index/id`. */
  readonly documents: ReadonlyMap<string, string>
  /** The texts that each request has stored. */
  readonly stored: readonly (readonly string[])[]
  /** Asked about each action of each request: what becomes of it, other than usual. */
  failItems(fault: (id: string, document: string) => ItemFault | undefined): void
}

/** Builds the server. */
export function createOpenSearchStandIn(): OpenSearchStandIn {
  const documents = new Map<string, string>()
  const stored: string[][] = []
  let faultOf: (id: string, document: string) => ItemFault | undefined = () => undefined
  let made = 0

  function create(index: string, action: string, document: string): { create: object } {
    const { _id: given, ...others } = JSON.parse(action).create
    if (Object.keys(others).length > 0) throw new Error(`unknown members in ${action}`)
    JSON.parse(document)
    const id: string = given ?? `made-up-${++made}`
    const key = `${index}/${id}`
    const fault = faultOf(id, document) ?? (documents.has(key) ? conflict : undefined)
    if (!fault) {
      documents.set(key, document)
      stored.at(-1)?.push(document)
    }
    const { status = 201, ...error } = fault ?? {}
    return { create: { _index: index, _id: id, status, ...(fault && { error }) } }
  }

  return {
    documents,
    stored,
    failItems(fault) {
      faultOf = fault
    },
    bulk({ method, path, headers, text }) {
      try {
        const [, index] = /^\/([^/]+)\/_bulk(?:\?filter_path=[^&]+)?$/.exec(path) ?? []
        if (!index || method !== 'POST') throw new Error(`${method} ${path}`)
        if (headers['content-type'] !== 'application/x-ndjson') throw new Error('content-type')
        if (!text.endsWith('\n')) throw new Error('must be terminated by a newline')
        const lines = text.slice(0, -1).split('\n')
        if (lines.length % 2 === 1) throw new Error('an action without a document')
        stored.push([])
        const items = Array.from({ length: lines.length / 2 }, (_, pair) =>
          create(index, lines[pair * 2]!, lines[pair * 2 + 1]!),
        )
        return { body: { took: 1, errors: items.some((item) => 'error' in item.create), items } }
      } catch (mistake) {
        const error = { type: 'illegal_argument_exception', reason: String(mistake) }
        return { status: 400, body: { error, status: 400 } }
      }
    },
  }
}

const conflict: ItemFault = {
  status: 409,
  type: 'version_conflict_engine_exception',
  reason: 'document already exists',
}
