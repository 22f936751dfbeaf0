/** The portable engine: runs plans over blocks of lines in plain JavaScript, without generating code. */
import { createBlocks, outcome } from './blocks.ts'
import { conversationKeys } from './conversation.ts'
import { createEventDescriber } from './event-describer.ts'
import type { EventIndex } from './event-index.ts'
import type { Format } from './format.ts'
import { identifies, place } from './id.ts'
import { type Machine, noBytes, slack } from './machine.ts'
import { type CommonOrigin, isAmong, type Origin } from './origin.ts'
import { type Output, reserve } from './output.ts'
import { createPathTree } from './path-tree.ts'
import { instructionsOf, op, type Plan } from './plan.ts'
import { createTextEncoder } from './platform.ts'
import { runProgram } from './program.ts'
import { createScanner } from './scanner.ts'
import { toMilliseconds } from './time.ts'

/** What an engine did with the lines it took. */
interface EngineTally {
  lines: number
  emitted: number
  /** By index into `keptOutColumns`. */
  readonly keptOut: number[]
  /** By index of the filter rule. */
  readonly filtered: number[]
}

/** Executes a plan. Another engine takes the same plans behind this interface. */
export interface Engine {
  readonly name: 'kernel' | 'portable'
  /** Whether it reads on behind the last line, so that at least `slack` bytes have to follow it. */
  readonly needsSlack: boolean
  /**
   * Takes lines from `from` on, as long as it is sure of them, and appends their events. `to` is the
   * end of the last whole line. Returns the beginning of the first line not taken, or `to`.
   */
  run(input: Uint8Array, from: number, to: number, work: EngineWork): number
}

/** Where an engine writes, counts and looks up origins. */
interface EngineWork {
  readonly output: Output
  readonly tally: EngineTally
  /** The origin of the line with this index. */
  readonly originAt: (index: number) => Origin
  /** What the origins of the lines have in common, if that is known. */
  readonly common?: CommonOrigin | undefined
  /** The index of the line at `from`. */
  readonly index: number
  /** Which call of the transform this is: the buffers of inputs are used again by the next one. */
  readonly call: number
  /** The time of the call, in Unix milliseconds. */
  readonly now: number
  /** Where to tell of each event, if anybody wants to know. */
  readonly events?: EventIndex | undefined
}

/** Builds the engine of a plan. `key` is the 16-byte key of the deterministic id. */
export function createPortableEngine(
  plan: Plan,
  format: Format,
  { key = new Uint8Array(16), maxLineLength }: { key?: Uint8Array; maxLineLength: number },
): Engine {
  const scanner = createScanner(format)
  const machine = createMachine(plan, format, scanner, key)
  const columnOf = (name: string): number =>
    format.columns.findIndex((column) => column.key === name)
  const conversation = conversationKeys.map(columnOf)
  const blocks = createBlocks(plan, format, conversation)
  const findProgram = createPathTree(plan, format, conversation)
  const encoder = createTextEncoder()
  const instructions = instructionsOf(plan.code)
  const writesId = instructions.some(([kind]) => kind === op.id)
  const originCopies = instructions.filter(([kind]) => kind === op.origin).length
  const lineIdentifies = identifies(format)
  const idNeedsOrigin = writesId && !lineIdentifies
  /** Whether every line has what is told of its event; as a rule. */
  const describesAlone = lineIdentifies && columnOf('account_id') !== -1
  const encoded = new Map<string, Uint8Array>()

  /** Prepares the origin for the plan; returns its bytes, or −1 when it needs JSON escapes. */
  function prepareOrigin(origin: Origin): number {
    let size = 0
    for (const [index, name] of plan.origins.entries()) {
      const value = origin[name]
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return -1
      machine.originTimes[index] =
        toMilliseconds(typeof value === 'number' ? value : undefined) ?? -1
      const bytes = value === undefined ? noBytes : encodeOrigin(String(value))
      if (bytes === undefined) return -1
      machine.origins[index] = bytes
      size += bytes.length
    }
    return size
  }

  function encodeOrigin(text: string): Uint8Array | undefined {
    const known = encoded.get(text)
    if (known) return known
    if (JSON.stringify(text).length !== text.length + 2) return undefined
    const bytes = encoder.encode(text)
    if (encoded.size >= 1024) encoded.clear()
    encoded.set(text, bytes)
    return bytes
  }

  /** The id's message when the line alone does not identify the flow. */
  function prepareMessage(origin: Origin): void {
    const { input, from, to } = machine
    const tail = encoder.encode(`\n${place(origin)}`)
    const message = new Uint8Array(to - from + tail.length)
    message.set(input.subarray(from, to))
    message.set(tail, to - from)
    machine.message = message
    machine.messageFrom = 0
    machine.messageTo = message.length
  }

  /** Executes the plan for the scanned line; returns the new end of the output, or an outcome. */
  function execute(start: number): number {
    const program = findProgram?.(machine)
    if (program === undefined) return executeBlocks(start)
    return program.outcome === 0 ? runProgram(program, machine, start) : program.outcome
  }

  /** Step by step, for lines that are too rare to have a program. */
  function executeBlocks(start: number): number {
    machine.begin = start
    for (let bit = 0; bit < plan.bits; bit++) machine.carried[bit] = 0
    let end = start
    let index = 0
    do {
      const block = blocks[index] as (typeof blocks)[number]
      const { steps } = block
      for (let step = 0; step < steps.length; step++) {
        end = (steps[step] as (typeof steps)[number])(machine, end)
      }
      index = block.next(machine)
    } while (index >= 0)
    return index === outcome.emitted ? end : index
  }

  const describer = createEventDescriber(machine, columnOf)

  return {
    name: 'portable',
    needsSlack: true,
    run(input, from, to, context) {
      try {
        return runLines(input, from, to, context)
      } finally {
        if (context.events) describer.flush(context.events)
      }
    },
  }

  function runLines(...[input, from, to, context]: Parameters<Engine['run']>): number {
    const { output, tally, originAt, common, index, events, now } = context
    machine.input = input
    machine.inputView = new DataView(input.buffer, input.byteOffset, input.byteLength)
    machine.now = now
    const isShared = common !== undefined && !plan.origins.some(isAmong(common.differing))
    let originBytes = isShared ? prepareOrigin(common.origin) : 0
    if (originBytes === -1) return from
    const needsOrigin = (plan.origins.length > 0 && !isShared) || idNeedsOrigin
    const mayNeedOrigin = needsOrigin || (events !== undefined && !describesAlone)
    let position = from
    while (position < to) {
      // Asked before the scan: whoever answers may use a transform, and scanners share their arrays.
      let origin = mayNeedOrigin ? originAt(index + tally.lines) : undefined
      const stop = scanner.scan(input, position)
      if (stop === -1 || stop - position > maxLineLength) return position
      if (events && origin === undefined && !describer.isComplete()) {
        origin = originAt(index + tally.lines)
        // Whoever answered may have used the scanners' arrays.
        scanner.scan(input, position)
      }
      machine.absentLow = scanner.absentBits[0] as number
      machine.absentHigh = scanner.absentBits[1] as number
      machine.from = position
      machine.to = stop
      machine.message = input
      machine.messageFrom = position
      machine.messageTo = stop
      if (origin !== undefined) {
        if (!isShared) originBytes = prepareOrigin(origin)
        if (originBytes === -1) return position
        if (!lineIdentifies) prepareMessage(origin)
      }
      const copied = plan.copies * (stop - position) + originCopies * originBytes
      reserve(output, plan.ownBytes + copied + slack)
      if (machine.output !== output.bytes) {
        machine.output = output.bytes
        machine.outputView = new DataView(output.bytes.buffer, output.bytes.byteOffset)
      }
      machine.idAt = -1
      const end = execute(output.length)
      if (end >= 0) {
        if (events) describer.describe(events, output.length, origin)
        output.length = end
        tally.emitted++
      } else if (end === outcome.bail) return position
      else if (end <= outcome.filter) add(tally.filtered, outcome.filter - end)
      else add(tally.keptOut, outcome.keepOut - end)
      tally.lines++
      position = stop + 1
    }
    return position
  }
}

function add(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function createMachine(
  plan: Plan,
  format: Format,
  { starts, ends, absent, isIPv6, numbers }: ReturnType<typeof createScanner>,
  key: Uint8Array,
): Machine {
  const nothing = new DataView(new ArrayBuffer(0))
  return {
    starts,
    ends,
    absent,
    absentLow: 0,
    absentHigh: 0,
    isIPv6,
    numbers,
    input: noBytes,
    inputView: nothing,
    output: noBytes,
    outputView: nothing,
    from: 0,
    to: 0,
    begin: 0,
    now: 0,
    message: noBytes,
    messageFrom: 0,
    messageTo: 0,
    idAt: -1,
    key,
    carried: new Uint8Array(plan.bits),
    slotStarts: new Int32Array(plan.slots),
    slotBodies: new Int32Array(plan.slots),
    seen: new Int32Array(format.columns.length),
    seenCount: 0,
    found: 0,
    community: '',
    origins: plan.origins.map(() => noBytes),
    originTimes: plan.origins.map(() => -1),
  }
}
