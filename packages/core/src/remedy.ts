/** What would tell columns apart that cannot be told apart yet. */
import type { LineColumn } from './line-columns.ts'

const always = 'the LogFormat of the flow log, or a header line, says it'

/** One sentence for a person. */
export function describeRemedy(fields: readonly string[], columns: readonly LineColumn[]): string {
  const needed = columns.every(({ distinct }) => distinct.size === 0)
    ? 'a line in which one of them has a value'
    : byFields(fields)
  return needed === undefined ? always : `${needed}; ${always}`
}

const remedies: readonly (readonly [names: string, needed: string])[] = [
  ['packets bytes', 'a line in which the two differ'],
  ['start end', 'a line in which the two differ'],
  [
    'srcaddr dstaddr pkt-srcaddr pkt-dstaddr',
    'lines of both directions of an interface, with flow-direction or traffic-path beside interface-id',
  ],
  ['srcport dstport', 'lines with tcp-flags of clients that call well-known ports'],
]

function byFields(fields: readonly string[]): string | undefined {
  const found = remedies.find(([names]) =>
    fields.every((field) => names.split(' ').includes(field)),
  )
  return found?.[1] ?? 'lines of other kinds of traffic'
}
