import type { Outcomes } from '@flowlogs/example-firehose'

/** A document of a SIEM. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the SIEM has; what is missing shows in the table
export type Document = any

/** What the check wants to know of a document. */
export interface Flow {
  readonly id: string
  /** As the sender counts it: `ACCEPT`, `REJECT`, `NODATA` or `SKIPDATA`. */
  readonly outcome: string
  readonly packets: number
  readonly bytes: number
}

/** How to read the documents of each kind. */
export const shapes: Readonly<Record<string, (document: Document) => Flow>> = {
  ocsf: ({ action, metadata, status_code, traffic }) => ({
    id: metadata?.uid,
    outcome: { Allowed: 'ACCEPT', Denied: 'REJECT' }[String(action)] ?? status_code,
    packets: traffic?.packets ?? 0,
    bytes: traffic?.bytes ?? 0,
  }),
  // AWS's names.
  record: ({ flow_id, action, log_status, packets, bytes }) => ({
    id: flow_id,
    outcome: action ?? log_status,
    packets: packets ?? 0,
    bytes: bytes ?? 0,
  }),
  // A log record, as the Collector's exporter writes it.
  otel: ({ attributes }) => ({
    id: attributes['log.record.uid'],
    outcome: attributes['aws.vpc.flow.action'] ?? attributes['aws.vpc.flow.status'],
    packets: attributes['aws.vpc.flow.packets'] ?? 0,
    bytes: attributes['aws.vpc.flow.bytes'] ?? 0,
  }),
}

/** What a SIEM has. */
export interface Stored {
  /** Each event once. */
  readonly outcomes: Outcomes
  readonly documents: number
  /** Documents whose id another one has. */
  readonly duplicates: number
}

/** Adds up the documents of a SIEM. */
export async function addUp(
  documents: AsyncIterable<Document> | Iterable<Document>,
  toFlow: (document: Document) => Flow,
): Promise<Stored> {
  const ids = new Set<string>()
  const outcomes: Outcomes = {}
  let count = 0
  for await (const document of documents) {
    const { id, outcome, packets, bytes } = toFlow(document)
    if (!id) throw new Error(`a document without an id: ${JSON.stringify(document)}`)
    count += 1
    if (ids.has(id)) continue
    ids.add(id)
    outcomes[outcome] ??= { lines: 0, packets: 0, bytes: 0 }
    const totals = outcomes[outcome]
    totals.lines += 1
    totals.packets += packets
    totals.bytes += bytes
  }
  return { outcomes, documents: count, duplicates: count - ids.size }
}
