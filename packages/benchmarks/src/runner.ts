/**
 * Compares variants of one program in one process. Every round gives every variant a turn on the
 * same slice of the corpus, in rotated order; a turn is repeated until it takes long enough to be
 * measured as CPU time of the whole process, garbage collector and compiler included. Ratios are
 * taken within a round, where the machine's mood is the same, and their median is reported.
 */
import { crc32 } from 'node:zlib'
import type { Slice } from './corpus.ts'
import { type Spread, spread } from './statistics.ts'

/** One way to do the work. */
export interface Variant {
  readonly name: string
  /** What it checks of its input. */
  readonly checks: string
  run(slice: Slice): unknown
  /** The result as text or bytes; without it, the result is bytes. */
  digest?(result: unknown): string | Uint8Array
  /** Whether it does other work than the first variant, so that its result is not compared. */
  readonly isFloor?: boolean
}

/** A comparison: the first variant is what the others are held against. */
export interface Comparison {
  readonly name: string
  readonly title: string
  readonly slices: readonly Slice[]
  readonly variants: readonly Variant[]
}

/** How long to measure. */
export interface Effort {
  readonly warmUp: number
  readonly rounds: number
  /** CPU milliseconds that a turn takes at least. */
  readonly turn: number
}

/** What was measured of a variant. */
interface Row {
  readonly variant: string
  readonly checks: string
  /** CPU nanoseconds per line. */
  readonly nanoseconds: Spread
  /** How many times as fast as each other variant, by its name. */
  readonly times: Readonly<Record<string, Spread>>
}

/** A measured comparison. */
export interface Result {
  readonly name: string
  readonly title: string
  readonly rounds: number
  readonly rows: readonly Row[]
}

/** Measures a comparison. Throws when two variants do not give the same bytes. */
export function measure({ name, title, slices, variants }: Comparison, effort: Effort): Result {
  const expected = slices.map((slice) => agreed(variants, slice))
  const repeats = variants.map(() => 1)
  const measured = variants.map((): number[] => [])
  for (let round = -effort.warmUp; round < effort.rounds; round++) {
    const at = (round + effort.warmUp) % slices.length
    for (let turn = 0; turn < variants.length; turn++) {
      const index = (turn + at) % variants.length
      const { microseconds, result } = takeTurn(variants[index]!, slices[at]!, repeats[index]!)
      if (fingerprint(variants[index]!, result) !== expected[at]![index]) {
        throw new Error(`"${variants[index]!.name}" changed its mind about slice ${at}`)
      }
      if (round < 0) repeats[index] = repeatsFor(effort.turn, microseconds / repeats[index]!)
      else {
        const lines = slices[at]!.lines.length * repeats[index]!
        measured[index]!.push((microseconds * 1000) / lines)
      }
    }
  }
  const rows = variants.map(({ name, checks }, index) => ({
    variant: name,
    checks,
    nanoseconds: spread(measured[index]!),
    times: Object.fromEntries(
      variants.map((other, otherIndex) => [
        other.name,
        spread(measured[index]!.map((own, round) => measured[otherIndex]![round]! / own)),
      ]),
    ),
  }))
  return { name, title, rounds: effort.rounds, rows }
}

/** The fingerprint of each variant's result; those that do the same work must share one. */
export function agreed(variants: readonly Variant[], slice: Slice): number[] {
  const prints = variants.map((variant) => fingerprint(variant, variant.run(slice)))
  for (const [index, variant] of variants.entries()) {
    if (variant.isFloor || prints[index] === prints[0]) continue
    throw new Error(`"${variant.name}" and "${variants[0]?.name}" do not write the same`)
  }
  return prints
}

function takeTurn(
  variant: Variant,
  slice: Slice,
  repeats: number,
): { microseconds: number; result: unknown } {
  // What the turn before has left behind is not this one's to clear away.
  globalThis.gc?.({ type: 'minor', execution: 'sync' })
  const before = process.cpuUsage()
  let result: unknown
  for (let repeat = 0; repeat < repeats; repeat++) result = variant.run(slice)
  const { user, system } = process.cpuUsage(before)
  return { microseconds: user + system, result }
}

function repeatsFor(milliseconds: number, microseconds: number): number {
  return Math.min(10_000, Math.max(1, Math.ceil((milliseconds * 1000) / Math.max(1, microseconds))))
}

function fingerprint({ digest }: Variant, result: unknown): number {
  return crc32(digest ? digest(result) : (result as Uint8Array))
}
