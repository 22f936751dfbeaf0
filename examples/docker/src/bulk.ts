/** An operation of OpenSearch's _bulk, and the document it is about. */
export interface Operation {
  readonly action: 'create' | 'index'
  readonly index: string
  readonly id?: string
  readonly document: object
}

/** Hands documents to OpenSearch; the status of each, in order. Throws when it does not take the request. */
export async function writeBulk(
  server: string,
  operations: readonly Operation[],
): Promise<readonly number[]> {
  const lines = operations.map(({ action, index, id, document }) => {
    const head = { [action]: { _index: index, _id: id } }
    return `${JSON.stringify(head)}\n${JSON.stringify(document)}\n`
  })
  const response = await fetch(`${server}/_bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join(''),
    signal: AbortSignal.timeout(60_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`_bulk: ${response.status} ${text.slice(0, 300)}`)
  const items: Record<string, { status: number }>[] = JSON.parse(text).items
  return items.flatMap((item) => Object.values(item).map(({ status }) => status))
}
