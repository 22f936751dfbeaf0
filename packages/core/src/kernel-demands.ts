/** What a plan asks of a kernel beside its code: texts of origins, answers of the host, counters. */
import type { Format } from './format.ts'
import { maxOriginTexts, maxRules } from './kernel-layout.ts'
import { createQuestions, type Questions } from './kernel-questions.ts'
import { createOriginTexts, type OriginTexts } from './origin-texts.ts'
import { pathOp } from './path.ts'
import { instructionsOf, op, type Plan } from './plan.ts'

/** The demands of a plan; the same for a module that is made now and one that was made before. */
export interface KernelDemands {
  readonly originTexts: OriginTexts
  readonly questions: Questions
  /** How many filter rules drop lines. */
  readonly rules: number
  /** Whether the id is in the event. */
  readonly writesId: boolean
  /** How many times a text of an origin can appear in an event. */
  readonly originCopies: number
}

/** Gathers the demands of a plan; undefined if the memory has not enough places for them. */
export function demandsOf(plan: Plan, format: Format): KernelDemands | undefined {
  const originTexts = createOriginTexts(plan)
  const questions = createQuestions(plan, format)
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
  const isTooMuch = originTexts.count > maxOriginTexts || rules > maxRules
  return isTooMuch ? undefined : { originTexts, questions, rules, writesId, originCopies }
}
