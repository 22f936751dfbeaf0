/** The code of the instructions that write. */
import { type KernelContext, startOf } from './kernel-context.ts'
import { takeId } from './kernel-id.ts'
import { layout, originLength, originTextBytes, state } from './kernel-layout.ts'
import { copyText } from './kernel-writer.ts'
import { op, timeForms } from './plan.ts'
import type { TimeText } from './time.ts'
import { branchIf, type Code, either, when } from './wasm-code.ts'
import { i32, i64, v128 } from './wasm-operations.ts'

/** Other times are not this kernel's, as `kernel-check.ts` says. */
const secondsDigits = 10

/** Writes a value as it stands in the line. */
function columnWriter({ made, line, end, calls, writer, format }: KernelContext) {
  const from = made.local('i32')
  const widthAndOne = made.local('i32')
  return (column: number): void => {
    const kind = format.columns[column]?.kind
    if (kind === 'seconds') {
      writer.write(secondsDigits, (distance) =>
        v128.store(end.get, v128.load(line.before(column), 1), distance),
      )
      return
    }
    writer.insert((distance) => {
      const move = (index: number): Code =>
        v128.store(end.get, v128.load(from.get, 1 + index * 16), distance + index * 16)
      const take: Code = [
        from.set(line.before(column)),
        move(0),
        widthAndOne.set(i32.sub(line.after(column), from.get)),
      ]
      const isLonger = (bytes: number): Code => i32.gt(widthAndOne.get, i32.of(bytes + 1))
      const rest = calls.copy(
        i32.add(from.get, i32.of(33)),
        i32.add(end.get, i32.of(distance + 32)),
        i32.sub(widthAndOne.get, i32.of(33)),
      )
      return {
        // Integers have 15 digits at most, addresses 39 characters; a text has no limit.
        code:
          kind === 'address'
            ? [take, when(isLonger(16), move(1), move(2))]
            : [take, kind === 'text' ? [move(1), when(isLonger(32), rest)] : []],
        length: widthAndOne.get,
        tooLong: 1,
      }
    })
  }
}

/** Bytes from an address that is computed, as many as `length` says. */
export function writeBytes({ writer, calls, end }: KernelContext, from: Code, length: Code): void {
  writer.insert((distance) => ({
    code: calls.copy(from, i32.add(end.get, i32.of(distance)), length),
    length,
  }))
}

/** The literal and the length of an object or list that may stay empty. */
function slotsOf({ made, plan }: KernelContext) {
  return Array.from({ length: plan.slots }, () => ({
    start: made.local('i32'),
    body: made.local('i32'),
  }))
}

/** Writes an instruction, if it is one that writes; says whether it was. */
export type WriteInstruction = (instruction: readonly number[]) => boolean

/** Prepares the instructions that write. */
export function createInstructionWriter(context: KernelContext): WriteInstruction {
  const { plan, constants, line, writer, calls, end, begin, idAt, elapsed } = context
  const slots = slotsOf(context)
  const writeColumn = columnWriter(context)
  const literal = (index: number): string => plan.literals[index] ?? ''
  const last = context.format.columns.length - 1

  function close(slot: number, text: string): void {
    const { start, body } = slots[slot] as (typeof slots)[0]
    writer.settle()
    const { copy, length } = copyText(constants, end, text, 0)
    writer.run(
      either(i32.eq(end.get, body.get), end.set(start.get), [
        end.set(i32.sub(end.get, i32.of(1))),
        copy,
        end.set(i32.add(end.get, i32.of(length))),
      ]),
    )
  }

  function writeId(): void {
    writer.run(takeId(context))
    writer.write(32, (distance) =>
      [0, 16].map((half) => v128.store(end.get, v128.load(idAt.get, half), distance + half)),
    )
  }

  return ([kind = -1, first = -1, second = -1, third = -1, fourth = -1]) => {
    switch (kind) {
      case op.literal:
        writer.text(literal(first))
        return true
      case op.copy:
        writeColumn(first)
        return true
      case op.milliseconds:
        writeColumn(first)
        writer.text('000')
        return true
      case op.closeFull:
        writer.replaceComma(literal(first))
        return true
      case op.open: {
        const { start, body } = slots[first] as (typeof slots)[0]
        writer.settle()
        writer.run(start.set(end.get))
        writer.text(literal(second))
        writer.settle()
        writer.run(body.set(end.get))
        return true
      }
      case op.close:
        close(first, literal(second))
        return true
      case op.id:
        writeId()
        return true
      case op.line: {
        const from = line.before(0)
        writeBytes(
          context,
          i32.add(from, i32.of(1)),
          i32.sub(i32.sub(line.after(last), from), i32.of(1)),
        )
        return true
      }
      case op.lineLength:
        writeNumber(i64.extend(i32.sub(i32.sub(line.after(last), line.before(0)), i32.of(1))))
        return true
      case op.duration:
        writeNumber(elapsed.get)
        // As milliseconds; 0 stays what it is.
        writer.run(
          i32.store(end.get, i32.of(0x303030)),
          end.set(i32.add(end.get, i32.mul(i64.ne(elapsed.get, i64.of(0n)), i32.of(3)))),
        )
        return true
      case op.timeText:
        writeTime(timeForms[second], first)
        return true
      case op.origin:
      case op.originTime:
      case op.originSeconds:
      case op.originTimeText:
      case op.now:
      case op.nowShortDatetime: {
        const index = context.originTexts.indexOf(kind, first, second)
        const length = originTextLength(index)
        writer.run(giveUpIfDiffering(context, length))
        writeBytes(context, i32.of(layout.originTexts + index * originTextBytes), length)
        return true
      }
      case op.rest: {
        writer.settle()
        const before = writer.take()
        writer.text(literal(third))
        writeColumn(second)
        writer.text(literal(fourth))
        writer.settle()
        const member = writer.take()
        const isLeft = i32.eqz(line.isAbsent(second))
        const isWritten =
          first === -1 ? isLeft : i32.and(isLeft, i32.eqz(context.carried.has(first)))
        writer.run(before, when(isWritten, member))
        return true
      }
      case op.newline:
      case op.end:
        endDocument()
        if (kind === op.newline) {
          writer.settle()
          writer.run(begin.set(end.get))
        }
        return true
      default:
        return false
    }
  }

  /** A date with its time is written, of which each form keeps a part. Seconds have no fraction. */
  function writeTime(form: TimeText | undefined, column: number): void {
    const length = { datetime: 24, shortDatetime: 20, date: 10, timeOfDay: 8 }[form ?? 'datetime']
    writer.write(length, (distance) => [
      calls.writeDatetime(startOf(context, column), i32.add(end.get, i32.of(distance))),
      form === 'shortDatetime' ? i32.store8(end.get, i32.of(0x5a), distance + 19) : [],
      form === 'timeOfDay' ? i64.store(end.get, i64.load(end.get, distance + 11), distance) : [],
    ])
  }

  function writeNumber(value: Code): void {
    writer.settle()
    writer.run(end.set(calls.writeNumber(value, end.get)))
  }

  /** Turns the comma after a document's last member into a line feed. */
  function endDocument(): void {
    if (writer.hasWritten()) return writer.replaceComma('\n')
    writer.settle()
    writer.run(
      either(i32.gt(end.get, begin.get), i32.store8(i32.sub(end.get, i32.of(1)), i32.of(10)), [
        i32.store(end.get, i32.of(0x0a7d7b)),
        end.set(i32.add(end.get, i32.of(3))),
      ]),
    )
  }
}

/** Whether the text of an origin is there; gives the line up where that differs between lines. */
export function hasOriginText(context: KernelContext, kind: number, origin: number): Code {
  const { originTexts, writer } = context
  const length = originTextLength(originTexts.indexOf(kind, origin))
  writer.run(giveUpIfDiffering(context, length))
  return i32.ne(length, i32.of(originLength.absent))
}

function originTextLength(index: number): Code {
  return i32.load(i32.of(0), layout.originLengths + index * 4)
}

function giveUpIfDiffering({ givenUp }: KernelContext, length: Code): Code {
  return branchIf(givenUp, i32.eq(length, i32.of(originLength.differing)))
}

/** Counts a line that is kept out or filtered. */
export function countAt(address: number): Code {
  return i32.store(i32.of(0), i32.add(i32.load(i32.of(0), address), i32.of(1)), address)
}

export const countedAt = {
  keptOut: (column: number): number => state.keptOut + column * 4,
  filtered: (rule: number): number => state.filtered + rule * 4,
} as const
