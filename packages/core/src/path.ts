/**
 * Paths through a plan. What a plan does with a line depends on which values are absent and on the
 * answers to a few questions: which action, which protocol, which direction. Once those are known it
 * is a straight run of literals and values, in which every branch, bracket and carried field has been
 * decided. The paths that lines take are few, so each is worked out once and kept.
 */
import type { Step } from './machine.ts'
import { instructionsOf, op, type Plan } from './plan.ts'

/** A straight run: texts, and between them values by column, or steps. */
export interface Path {
  /** 0 for an event; the outcome otherwise. */
  readonly outcome: number
  readonly texts: readonly string[]
  readonly inserts: readonly (number | Step)[]
}

/** What must be known of a line before the plan can go on; the same key is the same question. */
export interface Question {
  readonly key: string
  /** The instruction that asks, or the columns that must hold the same bytes or value. */
  readonly instruction: readonly number[]
}

/** What following a plan needs beside the plan. */
export interface PathContext {
  readonly plan: Plan
  /** The step of an instruction that writes what no literal and no column holds. */
  readonly stepOf: (instruction: readonly number[]) => Step
  readonly bail: number
  readonly keepOut: number
  readonly filter: number
}

/** Instructions that only paths know: whether two columns hold the same bytes, or the same value. */
export const pathOp = { sameBytes: 200, sameValue: 201 } as const

/**
 * Follows a plan as far as the absent columns and the answers allow: to its end, or to the first
 * question without an answer. An answer is 0 or 1, or for a choice the number of the case from 1.
 */
export function followPlan(
  { plan, stepOf, ...outcomes }: PathContext,
  absent: Uint8Array,
  answers: ReadonlyMap<string, number>,
): Path | Question {
  const { literals, literalTables, tables } = plan
  const code = new Map<number, readonly number[]>()
  let position = 0
  for (const instruction of instructionsOf(plan.code)) {
    code.set(position, instruction)
    position += instruction.length
  }
  const writer = createWriter()
  const carried = new Set<number>()
  let seen: number[] = []
  let question: Question | undefined

  /** The answer to a question; 0 for now if there is none, and then the question is handed out. */
  function ask(...instruction: readonly number[]): number {
    const key = instruction.join(' ')
    const answer = answers.get(key)
    if (answer === undefined) question ??= { key, instruction }
    return answer ?? 0
  }

  function isSame(kind: number, left: number, right: number): boolean {
    return left === right || ask(kind, Math.min(left, right), Math.max(left, right)) === 1
  }

  for (let pc = 0; question === undefined; ) {
    const instruction = code.get(pc) ?? [op.bail]
    const [kind = -1, first = -1, second = -1, third = -1, fourth = -1] = instruction
    const target = instruction.at(-1) ?? -1
    let next = pc + instruction.length
    switch (kind) {
      case op.end:
        writer.endDocument()
        return writer.path(0)
      case op.newline:
        writer.endDocument()
        break
      case op.bail:
        return writer.path(outcomes.bail)
      case op.keepOut:
        return writer.path(outcomes.keepOut - first)
      case op.filter:
        return writer.path(outcomes.filter - first)
      case op.jump:
        next = first
        break
      case op.literal:
        writer.write(literals[first] ?? '')
        break
      case op.copy:
        writer.insert(first)
        break
      case op.milliseconds:
        writer.insert(first)
        writer.write('000')
        break
      case op.open:
        writer.open(first, literals[second] ?? '')
        break
      case op.close:
        writer.close(first, literals[second] ?? '')
        break
      case op.closeFull:
        writer.replaceComma(literals[first] ?? '')
        break
      case op.carry:
        carried.add(first)
        break
      case op.carryIfSame:
        if (absent[third] === 0 && isSame(pathOp.sameValue, second, third)) carried.add(first)
        break
      case op.rest:
        if (absent[second] === 1 || carried.has(first)) break
        writer.write(literals[third] ?? '')
        writer.insert(second)
        writer.write(literals[fourth] ?? '')
        break
      case op.ifPresent:
        if (absent[first] === 1) next = target
        break
      case op.ifText:
      case op.ifTextIgnoringCase:
      case op.ifBits:
        if (absent[first] === 1 || ask(...instruction.slice(0, -1)) === 0) next = target
        break
      case op.ifDiffers:
        if (absent[first] === 1 || absent[second] === 1) next = target
        else if (isSame(pathOp.sameValue, first, second)) next = target
        break
      case op.distinct:
        seen = []
        break
      case op.ifNew:
        if (seen.some((other) => isSame(pathOp.sameBytes, other, first))) next = target
        else seen.push(first)
        break
      case op.choose: {
        const number = ask(op.choose, first, second)
        next = number === 0 ? target : (tables[second]?.cases[number - 1]?.pc ?? -1)
        break
      }
      case op.literals: {
        const number = ask(op.literals, first, second)
        if (number === 0) next = target
        else writer.write(literals[literalTables[second]?.literals[number - 1] ?? -1] ?? '')
        break
      }
      case op.communityId:
        if (ask(...instruction.slice(0, -1)) === 0) {
          next = target
          break
        }
        writer.write(literals[first] ?? '')
        writer.insert(stepOf(instruction))
        break
      case op.ifOrigin:
      case op.ifOriginTime:
      case op.ifFamily:
      case op.ifInOrder:
      case op.ifNetwork:
      case op.ifSample:
        if (ask(...instruction.slice(0, -1)) === 0) next = target
        break
      default:
        writer.insert(stepOf(instruction))
    }
    pc = next
  }
  return question
}

/** Gathers texts and inserts; brackets that stay empty are taken back. */
function createWriter() {
  const texts: string[] = ['']
  const inserts: (number | Step)[] = []
  const slots: { before: string; place: string }[] = []
  const place = (): string => `${texts.length} ${texts.at(-1)}`
  let begin = place()
  const setLast = (text: string): void => {
    texts[texts.length - 1] = text
  }
  const write = (text: string): void => setLast(`${texts.at(-1)}${text}`)
  const replaceComma = (by: string): void => setLast(`${texts.at(-1)?.slice(0, -1)}${by}`)
  return {
    write,
    replaceComma,
    insert(what: number | Step): void {
      inserts.push(what)
      texts.push('')
    },
    open(slot: number, literal: string): void {
      const before = texts.at(-1) ?? ''
      write(literal)
      slots[slot] = { before, place: place() }
    },
    close(slot: number, text: string): void {
      const opened = slots[slot]
      if (opened?.place === place()) setLast(opened.before)
      else replaceComma(text)
    },
    endDocument(): void {
      if (place() === begin) write('{}\n')
      else replaceComma('\n')
      begin = place()
    },
    path: (outcome: number): Path => ({ outcome, texts, inserts }),
  }
}
