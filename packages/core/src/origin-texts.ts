/** What a plan writes of an origin, as texts that are made before a line is mapped. */
import type { KernelDemands } from './kernel-demands.ts'
import type { CommonOrigin } from './origin.ts'
import { op, timeForms } from './plan.ts'
import { timeTexts, toMilliseconds } from './time.ts'

/** The texts that a plan asks for, by number. */
export interface OriginTexts {
  /** The number of the text that an instruction writes or asks for; a new one if it is not known. */
  indexOf(kind: number, origin: number, form?: number): number
  /**
   * The texts of an origin; undefined where it has none, null where the lines differ. Undefined in
   * all, if a number in it is not one that has only one way to be written.
   */
  textsOf({ origin, differing }: CommonOrigin, now: number): readonly OriginText[] | undefined
}

type OriginText = string | null | undefined

/** The instructions of which each has a text of its own. */
const writing: ReadonlySet<number> = new Set([
  op.origin,
  op.originTime,
  op.originSeconds,
  op.originTimeText,
  op.now,
  op.nowShortDatetime,
])

/** The texts of some demands: of each the instruction that writes it, the origin and the form. */
export function createOriginTexts({
  origins,
  texts,
}: Pick<KernelDemands, 'origins' | 'texts'>): OriginTexts {
  return {
    indexOf(asked, origin, form = -1) {
      const kind = writing.has(asked) ? asked : asked === op.ifOrigin ? op.origin : op.originTime
      const known = texts.findIndex(
        (each) => each[0] === kind && each[1] === origin && each[2] === form,
      )
      return known === -1 ? texts.push([kind, origin, form]) - 1 : known
    },
    textsOf({ origin, differing }, now) {
      for (const name of origins) {
        const value = origin[name]
        if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined
      }
      return texts.map(([kind = -1, index = -1, form = -1]) => {
        if (kind === op.now) return String(now)
        if (kind === op.nowShortDatetime) return timeTexts.shortDatetime(now)
        const name = origins[index]
        if (name !== undefined && differing.includes(name)) return null
        return textOf(kind, form, name === undefined ? undefined : origin[name])
      })
    },
  }
}

function textOf(
  kind: number,
  form: number,
  value: string | number | undefined,
): string | undefined {
  if (kind === op.origin) return value === undefined ? undefined : String(value)
  const milliseconds = toMilliseconds(typeof value === 'number' ? value : undefined)
  if (milliseconds === undefined) return undefined
  if (kind === op.originTime) return String(milliseconds)
  if (kind === op.originSeconds) return String(milliseconds / 1000)
  return timeTexts[timeForms[form] ?? 'datetime'](milliseconds)
}
