/**
 * The WebAssembly module of a plan: one function that finds the delimiters of a block, and one that
 * checks its lines and writes their events.
 */
import type { Format } from './format.ts'
import { ipv6Check } from './kernel-address.ts'
import { createBitSet } from './kernel-bits.ts'
import { createLineCheck, delimiterCheck, type KernelLine } from './kernel-check.ts'
import { createConstants } from './kernel-constants.ts'
import type { Call, KernelCalls, KernelContext } from './kernel-context.ts'
import { demandsOf, type KernelDemands } from './kernel-demands.ts'
import { identifier, takeId } from './kernel-id.ts'
import {
  kernelSlack,
  layout,
  maxDescribed,
  originTextBytes,
  pages,
  state,
} from './kernel-layout.ts'
import { datetimeWriter, numberReader, numberWriter, secondsReader } from './kernel-number.ts'
import { planCode } from './kernel-plan.ts'
import { createQuestions } from './kernel-questions.ts'
import { addressEquality, groupsReader } from './kernel-same-address.ts'
import { hasher } from './kernel-siphash.ts'
import { copier, equality, search } from './kernel-text.ts'
import { tokeniser } from './kernel-tokenise.ts'
import { createKernelWriter } from './kernel-writer.ts'
import { createOriginTexts } from './origin-texts.ts'
import type { Plan } from './plan.ts'
import type { WasmCode } from './platform.ts'
import { block, branch, branchIf, type Code, label, loop, returns, when } from './wasm-code.ts'
import {
  createFunction,
  createModule,
  type Local,
  layData,
  type WasmFunction,
  type WasmModule,
} from './wasm-module.ts'
import { f64, i32, i64, v128 } from './wasm-operations.ts'

/** What a module is made for. */
export interface KernelOptions {
  readonly plan: Plan
  readonly format: Format
  /** The 16-byte key of the deterministic id. */
  readonly key: Uint8Array
  readonly maxLineLength: number
}

/** A kernel, made now or ahead of time. */
export interface Kernel {
  readonly code: Uint8Array<ArrayBuffer> | WasmCode
  readonly demands: KernelDemands
}

/** What the function `run` says: all lines were taken, one was not, or the output has no room. */
export const kernelStatus = { done: 0, givenUp: 1, full: 2 } as const

/** Makes the kernel of a plan; undefined for one that asks for more than the memory has room for. */
export function createKernel(
  options: KernelOptions,
): (Kernel & { readonly code: Uint8Array<ArrayBuffer> }) | undefined {
  const { plan, format } = options
  const demands = demandsOf(plan, format)
  if (demands === undefined) return undefined
  const questions = createQuestions(demands, format)
  const module = createModule()
  const constants = createConstants()
  const columns = format.columns.length
  module.add(tokeniser(columns, state.careful), 'tokenise')
  const calls = addCalls(module, options)
  const made = createFunction(['i32', 'i32', 'i32', 'i32'], ['i32'])
  const [delimiters, last, end, limit] = made.parameters as [Local, Local, Local, Local]
  const careful = made.local('i32')
  const describes = made.local('i32')
  const start = made.local('i32')
  const emittedLines = made.local('i32')
  const line = createLineCheck(made, format, constants, delimiters, careful, {
    isIPv6: module.add(ipv6Check()),
    hasDelimiters: module.add(delimiterCheck(columns)),
  })
  const labels = {
    emitted: label('emitted'),
    dropped: label('dropped'),
    givenUp: label('given up'),
  }
  const context: KernelContext = {
    plan,
    format,
    made,
    constants,
    line,
    delimiters,
    last,
    writer: createKernelWriter(constants, end),
    calls,
    originTexts: createOriginTexts(demands),
    ask: (instruction) => module.ask(i32.of(questions.indexOf(instruction)), delimiters.get),
    end,
    begin: made.local('i32'),
    carried: createBitSet(made, plan.bits),
    seen: createBitSet(made, columns),
    elapsed: made.local('i64'),
    idAt: made.local('i32'),
    identified: made.local('i32'),
    ...labels,
  }
  const full = label('no room')
  const done = label('done')
  const next = label('next line')
  const body = planCode(context)
  const advance = delimiters.set(i32.add(delimiters.get, i32.of(columns * 4)))
  const leave = (status: number): Code => [
    i32.store(i32.of(0), delimiters.get, state.cursor),
    i32.store(i32.of(0), end.get, state.end),
    i32.store(i32.of(0), emittedLines.get, state.emitted),
    returns(i32.of(status)),
  ]
  made.body = [
    line.init,
    careful.set(i32.load(i32.of(0), state.careful)),
    describes.set(i32.load(i32.of(0), state.describes)),
    block(
      full,
      block(
        labels.givenUp,
        block(
          done,
          loop(
            next,
            branchIf(done, i32.gt(i32.add(delimiters.get, i32.of(columns * 4)), last.get)),
            start.set(end.get),
            branchIf(full, hasNoRoom(options, line, end, limit, demands.originCopies)),
            branchIf(full, i32.and(describes.get, i32.ge(emittedLines.get, i32.of(maxDescribed)))),
            line.check(labels.givenUp),
            isTooLong(options, line),
            context.carried.clear,
            context.begin.set(end.get),
            context.idAt.set(i32.of(0)),
            block(
              labels.dropped,
              block(labels.emitted, body),
              when(describes.get, describeEvent(context, start, emittedLines)),
              emittedLines.set(i32.add(emittedLines.get, i32.of(1))),
              advance,
              branch(next),
            ),
            end.set(start.get),
            advance,
            branch(next),
          ),
        ),
        leave(kernelStatus.done),
      ),
      end.set(start.get),
      leave(kernelStatus.givenUp),
    ),
    leave(kernelStatus.full),
    i32.of(0),
  ]
  module.add(made, 'run')
  const data = constants.finish()
  if (data.length > layout.output - layout.constants) return undefined
  const lay = createFunction([])
  lay.body = layData(layout.constants, data.length)
  module.add(lay, 'lay')
  return { code: module.finish(data, pages), demands }

  /** Whether the line is longer than configured; none is longer than a block. */
  function isTooLong({ maxLineLength }: KernelOptions, { before, after }: KernelLine): Code {
    const length = i32.sub(i32.sub(after(columns - 1), before(0)), i32.of(1))
    return branchIf(labels.givenUp, i32.gt(length, i32.of(Math.min(maxLineLength, 0x7fffffff))))
  }
}

/** The functions that instructions call; each is added when the first one does. */
function addCalls(module: WasmModule, { key, format }: KernelOptions): KernelCalls {
  const once = (make: () => WasmFunction): Call => {
    let call: Call | undefined
    return (...values) => {
      call ??= module.add(make())
      return call(...values)
    }
  }
  const copy = once(copier)
  const seconds = once(secondsReader)
  const hash = once(() => hasher(key))
  const readGroups = once(groupsReader)
  return {
    copy,
    seconds,
    isSame: once(equality),
    hasByte: once(search),
    number: once(numberReader),
    writeNumber: once(numberWriter),
    writeDatetime: once(() => datetimeWriter(seconds)),
    isSameAddress: once(() => addressEquality(readGroups)),
    identify: once(() => identifier(format, copy, hash)),
  }
}

/** Whether the event of a line might not fit. */
function hasNoRoom(
  { plan, format }: KernelOptions,
  line: KernelLine,
  end: Local,
  limit: Local,
  originCopies: number,
): Code {
  const length = i32.sub(line.after(format.columns.length - 1), line.before(0))
  const own = plan.ownBytes + kernelSlack + originCopies * originTextBytes
  return i32.gt(
    i32.add(i32.add(end.get, i32.of(own)), i32.mul(length, i32.of(plan.copies))),
    limit.get,
  )
}

/** Tells of the event: where it begins, its id, its time in seconds or 0, and where its account stands. */
function describeEvent(context: KernelContext, start: Local, index: Local): Code {
  const { line, calls, idAt, delimiters, made, format } = context
  const time = made.local('i64')
  const columnOf = (key: string): number => format.columns.findIndex((each) => each.key === key)
  const takeTime = (column: number): Code =>
    column === -1 || format.columns[column]?.kind !== 'seconds'
      ? []
      : when(
          i32.and(i64.eqz(time.get), i32.eqz(line.isAbsent(column))),
          time.set(calls.seconds(i32.add(line.before(column), i32.of(1)))),
        )
  const account = columnOf('account_id')
  const place = i32.mul(index.get, i32.of(12))
  return [
    i32.store(i32.shl(index.get, i32.of(2)), start.get, layout.offsets),
    takeId(context),
    [0, 16].map((half) =>
      v128.store(i32.shl(index.get, i32.of(5)), v128.load(idAt.get, half), layout.ids + half),
    ),
    time.set(i64.of(0n)),
    takeTime(columnOf('start')),
    takeTime(columnOf('end')),
    f64.store(i32.shl(index.get, i32.of(3)), f64.convert(time.get), layout.times),
    i32.store(place, delimiters.get, layout.accounts),
    account === -1
      ? i32.store(place, i32.of(0), layout.accounts + 8)
      : [
          i32.store(place, i32.add(line.before(account), i32.of(1)), layout.accounts + 4),
          i32.store(
            place,
            i32.mul(i32.sub(line.widthAndOne(account), i32.of(1)), i32.eqz(line.isAbsent(account))),
            layout.accounts + 8,
          ),
        ],
  ]
}
