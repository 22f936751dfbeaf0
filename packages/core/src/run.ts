/** One input on its way through a transform: where it stands, and its account so far. */
import { type EventIndex, emptyIndex } from './event-index.ts'
import type { Lane } from './lane.ts'
import { emptyLedger, type Ledger, tally, tallyMany } from './ledger.ts'
import type { CommonOrigin, Origin, OriginSource } from './origin.ts'
import type { Output } from './output.ts'
import { keptOutColumns } from './plan.ts'
import type { Rejection } from './rejection.ts'

/** One input being worked on. */
export interface Run {
  lane: Lane
  readonly originAt: (index: number) => Origin
  /** What the origins of the next lines have in common. */
  readonly commonOrigin: () => CommonOrigin | undefined
  /** Lines so far. */
  index: number
  ledger: Ledger
  rejections: Rejection[]
  events: EventIndex | undefined
  /** The time of the call, and its number. */
  now: number
  call: number
}

/** A run at its beginning, in the lane of the format that its lines are in. */
export function startRun(lane: Lane, origin: OriginSource = {}, hasIndex = false): Run {
  return {
    lane,
    ...originsOf(origin),
    index: 0,
    ledger: emptyLedger(),
    rejections: [],
    events: hasIndex ? emptyIndex() : undefined,
    now: 0,
    call: 0,
  }
}

function originsOf(origin: OriginSource): Pick<Run, 'originAt' | 'commonOrigin'> {
  if (typeof origin === 'function') return { originAt: origin, commonOrigin: () => origin.common }
  const common: CommonOrigin = { origin, differing: ['line'] }
  return { originAt: (index) => ({ line: index + 1, ...origin }), commonOrigin: () => common }
}

/** Runs the lane's engine from `position` on; returns where it stopped. */
export function runEngine(
  run: Run,
  bytes: Uint8Array,
  position: number,
  length: number,
  output: Output,
): number {
  const { lane, ledger, index, originAt, commonOrigin, events, now, call } = run
  const engine = lane.engine()
  if (engine === undefined) return position
  const done = { lines: 0, emitted: 0, keptOut: [], filtered: [] }
  const stopped = engine.run(bytes, position, length, {
    output,
    tally: done,
    originAt,
    common: commonOrigin(),
    index,
    events,
    now,
    call,
  })
  if (done.lines === 0) return stopped
  run.index += done.lines
  ledger.lines += done.lines
  ledger.emitted += done.emitted
  for (const [column, times = 0] of done.keptOut.entries()) {
    ledger[keptOutColumns[column] ?? 'nodata'] += times
  }
  for (const [rule, times = 0] of done.filtered.entries()) {
    if (times === 0) continue
    ledger.filtered += times
    tallyMany(ledger.filters, lane.rules[rule] ?? '', times)
  }
  tallyMany(ledger.lanes, engine.name, done.lines)
  return stopped
}

/** Enters a rejection; its line stands in the column that is returned. */
export function reject(run: Run, rejection: Rejection, origin: Origin): 'rejected' {
  run.rejections.push(Object.keys(origin).length > 0 ? { ...rejection, origin } : rejection)
  tally(run.ledger.rejections, rejection.code)
  return 'rejected'
}
