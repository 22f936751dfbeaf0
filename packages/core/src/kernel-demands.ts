/** What a plan asks of a kernel beside its code: texts of origins, answers of the host, counters. */
import type { Format } from './format.ts'
import { maxOriginTexts, maxRules } from './kernel-layout.ts'
import { createQuestions } from './kernel-questions.ts'
import { createOriginTexts } from './origin-texts.ts'
import { pathOp } from './path.ts'
import { instructionsOf, op, type Plan } from './plan.ts'

/** The demands of a plan: plain data, which a kernel that is made ahead of time carries along. */
export interface KernelDemands extends Pick<Plan, 'origins' | 'networks'> {
  /** The texts of an origin, see `origin-texts.ts`. */
  readonly texts: (readonly number[])[]
  /** The instructions that ask the host. */
  readonly questions: (readonly number[])[]
  /** How many filter rules drop lines. */
  readonly rules: number
  /** Whether the id is in the event. */
  readonly writesId: boolean
  /** How many times a text of an origin can appear in an event. */
  readonly originCopies: number
}

/** Gathers the demands of a plan; undefined if the memory has not enough places for them. */
export function demandsOf(plan: Plan, format: Format): KernelDemands | undefined {
  const { origins, networks } = plan
  const asked = { origins, networks, texts: [], questions: [] }
  const originTexts = createOriginTexts(asked)
  const questions = createQuestions(asked, format)
  let rules = 0
  let writesId = false
  let originCopies = 0
  for (const instruction of instructionsOf(plan.code)) {
    const [kind = -1, first = -1, second = -1, third = -1] = instruction
    switch (kind) {
      case op.filter:
        rules = Math.max(rules, first + 1)
        break
      case op.id:
        writesId = true
        break
      case op.origin:
      case op.originTime:
      case op.originSeconds:
      case op.originTimeText:
      case op.now:
      case op.nowShortDatetime:
        originTexts.indexOf(kind, first, second)
        originCopies++
        break
      case op.ifOrigin:
      case op.ifOriginTime:
        originTexts.indexOf(kind, first)
        break
      case op.communityId:
      case op.ifNetwork:
      case op.ifSample:
        questions.indexOf(instruction)
        break
      case op.carryIfSame:
        questions.indexOf([pathOp.sameValue, second, third])
        break
      case op.ifDiffers:
        questions.indexOf([pathOp.sameValue, first, second])
        break
    }
  }
  const isTooMuch = asked.texts.length > maxOriginTexts || rules > maxRules
  return isTooMuch ? undefined : { ...asked, rules, writesId, originCopies }
}
