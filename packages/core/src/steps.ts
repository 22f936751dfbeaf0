/** One closure for each instruction of a plan that writes something. */
import { toCommunityId } from './community-id.ts'
import { literalStep } from './literal-step.ts'
import { copyInput, copyValue, isSame, type Machine, numberOf, type Step } from './machine.ts'
import { op, timeForms } from './plan.ts'
import { siphash128Into } from './siphash.ts'
import { type TimeText, timeTexts } from './time.ts'
import { isSameValue, textOf } from './values.ts'

const openBrace = 123
const closeBrace = 125
const lineFeed = 10

/** The step of an instruction, or undefined for one that only decides where to go on. */
export function stepOf(
  [kind = -1, first = -1, second = -1, third = -1, fourth = -1]: readonly number[],
  literals: readonly Uint8Array[],
): Step | undefined {
  switch (kind) {
    case op.end:
    case op.newline:
      return endDocument
    case op.literal:
      return literalStep(literals[first] as Uint8Array)
    case op.copy:
      return (machine, end) => copyValue(machine, first, end)
    case op.milliseconds:
      return (machine, end) => {
        const next = copyValue(machine, first, end)
        machine.output.fill(48, next, next + 3)
        return next + 3
      }
    case op.duration:
      return (machine, end) => {
        const seconds = numberOf(machine, second) - numberOf(machine, first)
        return writeNumber(machine.output, end, seconds * 1000)
      }
    case op.origin:
      return (machine, end) => {
        const bytes = machine.origins[first] as Uint8Array
        machine.output.set(bytes, end)
        return end + bytes.length
      }
    case op.originTime:
      return (machine, end) =>
        writeNumber(machine.output, end, machine.originTimes[first] as number)
    case op.originSeconds:
      return (machine, end) =>
        writeAscii(machine.output, end, String((machine.originTimes[first] as number) / 1000))
    case op.originTimeText: {
      const toText = textAs(second)
      return (machine, end) =>
        writeAscii(machine.output, end, toText(machine.originTimes[first] as number))
    }
    case op.timeText: {
      const toText = textAs(second)
      return (machine, end) =>
        writeAscii(machine.output, end, toText(numberOf(machine, first) * 1000))
    }
    case op.nowShortDatetime:
      return nowStep(timeTexts.shortDatetime)
    case op.lineLength:
      return (machine, end) => writeNumber(machine.output, end, machine.to - machine.from)
    case op.now:
      return nowStep(String)
    case op.id:
      return (machine, end) => {
        const { message, messageFrom, messageTo, key, output } = machine
        machine.idAt = end
        siphash128Into(message, messageFrom, messageTo, key, output, end)
        return end + 32
      }
    case op.line:
      return (machine, end) => copyInput(machine, machine.from, machine.to, end)
    case op.open: {
      const literal = literalStep(literals[second] as Uint8Array)
      return (machine, end) => {
        machine.slotStarts[first] = end
        const body = literal(machine, end)
        machine.slotBodies[first] = body
        return body
      }
    }
    case op.close: {
      const closing = literalStep(literals[second] as Uint8Array)
      return (machine, end) => {
        if (end === machine.slotBodies[first]) return machine.slotStarts[first] as number
        return closing(machine, end - 1)
      }
    }
    case op.closeFull: {
      const closing = literalStep(literals[first] as Uint8Array)
      return (machine, end) => closing(machine, end - 1)
    }
    case op.carry:
      return (machine, end) => {
        machine.carried[first] = 1
        return end
      }
    case op.carryIfSame:
      return (machine, end) => {
        if (machine.absent[third] === 0 && isSameValue(machine, second, third)) {
          machine.carried[first] = 1
        }
        return end
      }
    case op.rest: {
      const before = literalStep(literals[third] as Uint8Array)
      const after = literalStep(literals[fourth] as Uint8Array)
      return (machine, end) => {
        if (machine.absent[second] === 1 || (first !== -1 && machine.carried[first] === 1))
          return end
        return after(machine, copyValue(machine, second, before(machine, end)))
      }
    }
    case op.communityId: {
      const literal = literalStep(literals[first] as Uint8Array)
      return (machine, end) => writeAscii(machine.output, literal(machine, end), machine.community)
    }
    case op.distinct:
      return (machine, end) => {
        machine.seenCount = 0
        return end
      }
    default:
      return undefined
  }
}

/** The time of the call, which its lines share. */
function nowStep(toText: (now: number) => string): Step {
  let known = Number.NaN
  let text: Step | undefined
  return (machine, end) => {
    if (text === undefined || machine.now !== known) {
      known = machine.now
      text = literalStep(Uint8Array.from(toText(known), (letter) => letter.charCodeAt(0)))
    }
    return text(machine, end)
  }
}

/** Turns the comma after a document's last member into a line feed. */
function endDocument(machine: Machine, end: number): number {
  const { output, begin } = machine
  if (end > begin) {
    output[end - 1] = lineFeed
    machine.begin = end
    return end
  }
  output[end] = openBrace
  output[end + 1] = closeBrace
  output[end + 2] = lineFeed
  machine.begin = end + 3
  return end + 3
}

/** The Community ID between two address columns. */
export function communityIdOf(
  machine: Machine,
  from: number,
  to: number,
  [srcport = -1, dstport = -1, protocol = -1]: readonly number[],
): string | undefined {
  const number = (column: number): number | undefined =>
    column === -1 || machine.absent[column] === 1 ? undefined : numberOf(machine, column)
  const protocolNumber = number(protocol)
  if (protocolNumber === undefined) return undefined
  const ends = [textOf(machine, from), textOf(machine, to)] as const
  return toCommunityId(...ends, protocolNumber, number(srcport), number(dstport))
}

/** The step that writes the Community ID of an instruction, where there is one. */
export function communityStep(
  [, , from = -1, to = -1]: readonly number[],
  columns: readonly number[],
): Step {
  return (machine, end) =>
    writeAscii(machine.output, end, communityIdOf(machine, from, to, columns) ?? '')
}

/** Whether the value of a column is new to the list; it stands there from now on. */
export function isNew(machine: Machine, column: number): boolean {
  for (let index = 0; index < machine.seenCount; index++) {
    if (isSame(machine, machine.seen[index] as number, column)) return false
  }
  machine.seen[machine.seenCount++] = column
  return true
}

function textAs(form: number): (milliseconds: number) => string {
  return timeTexts[timeForms[form] as TimeText]
}

function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) out[at + index] = text.charCodeAt(index)
  return at + text.length
}

function writeNumber(out: Uint8Array, at: number, value: number): number {
  let digits = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
  let rest = value
  for (let index = at + digits - 1; index >= at; index--) {
    out[index] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return at + digits
}
