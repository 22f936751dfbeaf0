/** Compares two streams of events that were made of the same lines. */
import type { TransformResult } from '@flowlogs/core'

/** What differs between two mappings of the same lines. */
export interface Comparison {
  /** Events that both have. */
  readonly both: number
  readonly onlyFrom: number
  readonly onlyTo: number
  /** Rejected lines by code, where the numbers differ. */
  readonly rejections: readonly {
    readonly code: string
    readonly from: number
    readonly to: number
  }[]
  readonly attributes: readonly AttributeChange[]
}

/** One attribute that is not the same in all events. */
interface AttributeChange {
  readonly attribute: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly events: number
  /** The value of the first event in which it differs. */
  readonly example: string
}

/** A comparison that grows result by result. */
export interface GrowingComparison {
  add(from: TransformResult, to: TransformResult): void
  result(): Comparison
}

type Flat = ReadonlyMap<string, string>

/** Starts a comparison. The results must be made with `index`, whose ids tell which events belong together. */
export function createComparison(): GrowingComparison {
  const changes = new Map<string, AttributeChange & { events: number }>()
  const rejected = new Map<string, { from: number; to: number }>()
  const counts = { both: 0, onlyFrom: 0, onlyTo: 0 }

  function note(attribute: string, change: AttributeChange['change'], example: string): void {
    const key = `${change} ${attribute}`
    const known = changes.get(key)
    if (known) known.events++
    else changes.set(key, { attribute, change, events: 1, example })
  }

  function compare(before: Flat, after: Flat): void {
    counts.both++
    for (const [path, value] of before) {
      const other = after.get(path)
      if (other === undefined) note(path, 'removed', value)
      else if (other !== value) note(path, 'changed', `${value} → ${other}`)
    }
    for (const [path, value] of after) if (!before.has(path)) note(path, 'added', value)
  }

  return {
    add(from, to) {
      for (const side of ['from', 'to'] as const) {
        for (const [code, lines] of Object.entries({ from, to }[side].ledger.rejections)) {
          const known = rejected.get(code) ?? { from: 0, to: 0 }
          known[side] += lines
          rejected.set(code, known)
        }
      }
      const [left, right] = [eventsOf(from), eventsOf(to)]
      const [leftIds, rightIds] = [left, right].map((events) => new Set(events.map(({ id }) => id)))
      let next = 0
      for (const event of left) {
        while (next < right.length && !leftIds?.has(right[next]?.id ?? '')) {
          counts.onlyTo++
          next++
        }
        const other = right[next]
        if (other && rightIds?.has(event.id)) {
          compare(event.flat, other.flat)
          next++
        } else counts.onlyFrom++
      }
      counts.onlyTo += right.length - next
    },
    result: () => ({
      ...counts,
      rejections: [...rejected]
        .map(([code, lines]) => ({ code, ...lines }))
        .filter((each) => each.from !== each.to),
      attributes: [...changes.values()],
    }),
  }
}

function eventsOf({ output, events }: TransformResult): readonly { id: string; flat: Flat }[] {
  const lines = new TextDecoder().decode(output).split('\n')
  return (events?.ids ?? []).map((id, index) => ({
    id,
    flat: flatten(JSON.parse(lines[index] ?? '')),
  }))
}

/** The leaves of an event by path; a list is a leaf. */
function flatten(value: unknown, path: readonly string[] = [], into = new Map<string, string>()) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, member] of Object.entries(value)) flatten(member, [...path, name], into)
  } else into.set(path.join('.'), JSON.stringify(value))
  return into
}
