/** What records say together: times, counts, and what is odd about them. */
import {
  type DirectionOptions,
  type FlowRecord,
  fieldKey,
  inferDirection,
  inferInitiator,
  toMilliseconds,
} from '@flowlogs/core'

/** Counts by name. */
export interface Counts {
  [name: string]: number
}

/** What was counted. Names are AWS's, or the rules' behind an answer. */
export interface Statistics {
  /** RFC 3339, of the earliest start and the latest end. */
  readonly time: { readonly first: string; readonly last: string } | undefined
  readonly status: Counts
  readonly action: Counts
  readonly protocol: Counts
  readonly direction: Counts
  /** Which rules told the direction. */
  readonly directionRules: Counts
  /** Which end opened the conversation. */
  readonly initiator: Counts
  readonly initiatorRules: Counts
  readonly odd: OddTimes
}

/** Records whose times are odd. */
interface OddTimes {
  /** The end is before the start. */
  readonly reversed: number
  /** Longer than the longest aggregation interval, and a minute of slack. */
  readonly long: number
  /** Ends more than an hour from now. */
  readonly future: number
}

/** Gathers statistics over any number of records in bounded memory. */
export interface StatisticsGatherer {
  add(record: FlowRecord): void
  take(): Statistics
}

const maxIntervalSeconds = 660
const hour = 3_600_000
// Values are AWS's words, but whoever writes a file could write anything.
const maxNames = 50

/** Builds a gatherer; `trusted` are the only keys that are looked at, if given. */
export function createStatistics(
  options: DirectionOptions,
  trusted?: ReadonlySet<string>,
): StatisticsGatherer {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  const names = ['status', 'action', 'protocol', 'direction', 'directionRules'] as const
  const counts = Object.fromEntries(
    [...names, 'initiator', 'initiatorRules'].map((name) => [name, {}]),
  ) as Record<(typeof names)[number] | 'initiator' | 'initiatorRules', Counts>
  const odd = { reversed: 0, long: 0, future: 0 }

  function addTimes({ start, end }: FlowRecord): void {
    const from = toMilliseconds(start)
    const to = toMilliseconds(end)
    for (const time of [from, to]) {
      if (time === undefined) continue
      first = Math.min(first, time)
      last = Math.max(last, time)
    }
    if (to !== undefined && to > Date.now() + hour) odd.future++
    if (from === undefined || to === undefined) return
    if (to < from) odd.reversed++
    if (to - from > maxIntervalSeconds * 1000) odd.long++
  }

  return {
    add(whole) {
      const record = trusted ? only(whole, trusted) : whole
      addTimes(record)
      tally(counts.status, record.log_status)
      tally(counts.action, record.action)
      tally(counts.protocol, record.protocol)
      const { direction, rule } = inferDirection(record, options)
      tally(counts.direction, direction)
      tally(counts.directionRules, rule)
      const initiator = inferInitiator(record)
      tally(counts.initiator, initiator.initiator)
      tally(counts.initiatorRules, initiator.rule)
    },
    take() {
      const isKnown = first <= last
      const time = isKnown
        ? { first: new Date(first).toISOString(), last: new Date(last).toISOString() }
        : undefined
      return { time, ...counts, odd }
    },
  }
}

function tally(counts: Counts, value: unknown): void {
  const name = value === undefined ? '-' : String(value)
  const key = name in counts || Object.keys(counts).length < maxNames ? name : 'other'
  counts[key] = (counts[key] ?? 0) + 1
}

function only(record: FlowRecord, keys: ReadonlySet<string>): FlowRecord {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.has(key)))
}

/** The keys of columns whose field is decided. */
export function decidedKeys(
  columns: readonly { readonly fields: readonly string[] }[],
): ReadonlySet<string> {
  return new Set(
    columns.flatMap(({ fields: [field, ...more] }) =>
      field && more.length === 0 ? [fieldKey(field)] : [],
    ),
  )
}
