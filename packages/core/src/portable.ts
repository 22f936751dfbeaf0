/** The portable engine: runs plans over blocks of lines in plain JavaScript, without generating code. */

import { sameAddress } from './address.ts'
import { toCommunityId } from './community-id.ts'
import { type Conversation, conversationKeys, isInSample } from './conversation.ts'
import type { EventIndex } from './event-index.ts'
import type { Column, Format } from './format.ts'
import { identifies, place } from './id.ts'
import { createNetworkTest } from './network.ts'
import type { Origin } from './origin.ts'
import { type Output, reserve } from './output.ts'
import { instructionsOf, op, type Plan } from './plan.ts'
import { createTextDecoder, createTextEncoder } from './platform.ts'
import { createScanner } from './scanner.ts'
import { siphash128Into } from './siphash.ts'
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
  readonly name: 'portable'
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
  /** The index of the line at `from`. */
  readonly index: number
  /** The time of the call, in Unix milliseconds. */
  readonly now: number
  /** Where to tell of each event, if anybody wants to know. */
  readonly events?: EventIndex | undefined
}

const outcome = { bail: -1, keepOut: -2, filter: -1000 } as const
const comma = 44
const colon = 58
const openBrace = 123
const closeBrace = 125
const lineFeed = 10
const noBytes = new Uint8Array(0)

/** Builds the engine of a plan. `key` is the 16-byte key of the deterministic id. */
export function createPortableEngine(
  plan: Plan,
  format: Format,
  { key = new Uint8Array(16), maxLineLength }: { key?: Uint8Array; maxLineLength: number },
): Engine {
  const scanner = createScanner(format)
  const { starts, ends, absent, isIPv6, numbers } = scanner
  const encoder = createTextEncoder()
  const decoder = createTextDecoder(false)
  const code = Int32Array.from(plan.code)
  const literals = plan.literals.map((text) => encoder.encode(text))
  const tables = plan.tables.map(({ cases }) =>
    cases.map(({ text, pc }) => ({ bytes: encoder.encode(text), pc })),
  )
  const jumps = plan.tables.map(({ column, cases }) =>
    isInteger(format.columns[column]) ? jumpsByNumber(cases) : undefined,
  )
  const networkTests = plan.networks.map(createNetworkTest)
  const columnOf = (key: string): number => format.columns.findIndex((column) => column.key === key)
  const conversationColumns = conversationKeys.map(columnOf)
  const slotStarts = new Int32Array(plan.slots)
  const carried = new Uint8Array(plan.bits)
  const slotBodies = new Int32Array(plan.slots)
  const seen = new Int32Array(format.columns.length)
  const origins: Uint8Array[] = plan.origins.map(() => noBytes)
  const originTimes: number[] = plan.origins.map(() => 0)
  const instructions = instructionsOf(plan.code)
  const writesId = instructions.some(([kind]) => kind === op.id)
  const originCopies = instructions.filter(([kind]) => kind === op.origin).length
  const lineIdentifies = identifies(format)
  const needsOrigin = plan.origins.length > 0 || (writesId && !lineIdentifies)
  const encoded = new Map<string, Uint8Array>()
  let input: Uint8Array = noBytes
  let now = 0
  let message: Uint8Array = noBytes
  let scratch = new Uint8Array(1024)
  let messageStart = 0
  let messageEnd = 0

  /** Prepares the origin for the plan; returns its bytes, or −1 when it needs JSON escapes. */
  function prepareOrigin(origin: Origin): number {
    let size = 0
    for (let index = 0; index < plan.origins.length; index++) {
      const value = origin[plan.origins[index] as keyof Origin]
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return -1
      originTimes[index] = toMilliseconds(typeof value === 'number' ? value : undefined) ?? -1
      const bytes = value === undefined ? noBytes : encodeOrigin(String(value))
      if (bytes === undefined) return -1
      origins[index] = bytes
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
  function prepareMessage(origin: Origin, from: number, to: number): void {
    const tail = encoder.encode(`\n${place(origin)}`)
    messageEnd = to - from + tail.length
    if (scratch.length < messageEnd) scratch = new Uint8Array(messageEnd * 2)
    message = scratch
    message.set(input.subarray(from, to))
    message.set(tail, to - from)
    messageStart = 0
  }

  function isText(column: number, bytes: Uint8Array): boolean {
    const start = starts[column] as number
    const { length } = bytes
    if ((ends[column] as number) - start !== length) return false
    for (let index = 0; index < length; index++) {
      if (input[start + index] !== bytes[index]) return false
    }
    return true
  }

  function isTextIgnoringCase(column: number, bytes: Uint8Array): boolean {
    const start = starts[column] as number
    const { length } = bytes
    if ((ends[column] as number) - start !== length) return false
    for (let index = 0; index < length; index++) {
      const byte = input[start + index] as number
      if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== bytes[index]) return false
    }
    return true
  }

  function isSame(left: number, right: number): boolean {
    const leftStart = starts[left] as number
    const rightStart = starts[right] as number
    const length = (ends[left] as number) - leftStart
    if ((ends[right] as number) - rightStart !== length) return false
    for (let index = 0; index < length; index++) {
      if (input[leftStart + index] !== input[rightStart + index]) return false
    }
    return true
  }

  function textOf(column: number): string {
    if (column === -1 || absent[column] === 1) return ''
    return decoder.decode(input.subarray(starts[column], ends[column]))
  }

  function conversation(): Conversation {
    const [srcaddr = '', dstaddr = '', srcport = '', dstport = '', protocol = ''] =
      conversationColumns.map(textOf)
    return { srcaddr, dstaddr, srcport, dstport, protocol }
  }

  function communityIdOf(from: number, to: number): string | undefined {
    const [, , srcport, dstport, protocol] = conversationColumns.map((column) =>
      column === -1 || absent[column] === 1 ? undefined : numbers[column],
    )
    if (protocol === undefined) return undefined
    return toCommunityId(textOf(from), textOf(to), protocol, srcport, dstport)
  }

  /** Whether two values are the same text, or two spellings of one IPv6 address. */
  function isSameValue(left: number, right: number): boolean {
    if (isSame(left, right)) return true
    return mayBeIPv6(left) && mayBeIPv6(right) && sameAddress(textOf(left), textOf(right))
  }

  /** A text column can hold an address too. */
  function mayBeIPv6(column: number): boolean {
    if (format.columns[column]?.kind !== 'text') return isIPv6[column] === 1
    return input.subarray(starts[column], ends[column]).includes(colon)
  }

  /** Executes the plan for the scanned line; returns the new end of the output, or an outcome. */
  function execute(out: Uint8Array, start: number, from: number, to: number): number {
    let begin = start
    let end = start
    let pc = 0
    for (let bit = 0; bit < plan.bits; bit++) carried[bit] = 0
    let seenCount = 0
    for (;;) {
      switch (code[pc]) {
        case op.end:
          return endDocument(out, begin, end)
        case op.newline:
          end = endDocument(out, begin, end)
          begin = end
          pc++
          break
        case op.bail:
          return outcome.bail
        case op.keepOut:
          return outcome.keepOut - (code[pc + 1] as number)
        case op.filter:
          return outcome.filter - (code[pc + 1] as number)
        case op.jump:
          pc = code[pc + 1] as number
          break
        case op.literal: {
          const bytes = literals[code[pc + 1] as number] as Uint8Array
          const { length } = bytes
          if (length > 40) {
            out.set(bytes, end)
            end += length
          } else for (let index = 0; index < length; index++) out[end++] = bytes[index] as number
          pc += 2
          break
        }
        case op.copy: {
          const column = code[pc + 1] as number
          const stop = ends[column] as number
          for (let index = starts[column] as number; index < stop; index++) {
            out[end++] = input[index] as number
          }
          pc += 2
          break
        }
        case op.milliseconds: {
          const column = code[pc + 1] as number
          const stop = ends[column] as number
          for (let index = starts[column] as number; index < stop; index++) {
            out[end++] = input[index] as number
          }
          out[end++] = 48
          out[end++] = 48
          out[end++] = 48
          pc += 2
          break
        }
        case op.duration: {
          const from = numbers[code[pc + 1] as number] as number
          const to = numbers[code[pc + 2] as number] as number
          end = writeNumber(out, end, (to - from) * 1000)
          pc += 3
          break
        }
        case op.origin: {
          const bytes = origins[code[pc + 1] as number] as Uint8Array
          out.set(bytes, end)
          end += bytes.length
          pc += 2
          break
        }
        case op.originTime:
          end = writeNumber(out, end, originTimes[code[pc + 1] as number] as number)
          pc += 2
          break
        case op.originSeconds: {
          const time = originTimes[code[pc + 1] as number] as number
          end = writeAscii(out, end, String(time / 1000))
          pc += 2
          break
        }
        case op.datetime: {
          const time = numbers[code[pc + 1] as number] as number
          end = writeAscii(out, end, new Date(time * 1000).toISOString())
          pc += 2
          break
        }
        case op.originDatetime: {
          const time = originTimes[code[pc + 1] as number] as number
          end = writeAscii(out, end, new Date(time).toISOString())
          pc += 2
          break
        }
        case op.lineLength:
          end = writeNumber(out, end, to - from)
          pc++
          break
        case op.now:
          end = writeAscii(out, end, String(now))
          pc++
          break
        case op.communityId: {
          const community = communityIdOf(code[pc + 2] as number, code[pc + 3] as number)
          if (community === undefined) pc = code[pc + 4] as number
          else {
            const bytes = literals[code[pc + 1] as number] as Uint8Array
            out.set(bytes, end)
            end = writeAscii(out, end + bytes.length, community)
            pc += 5
          }
          break
        }
        case op.ifNetwork: {
          const isInside = networkTests[code[pc + 2] as number] as (address: string) => boolean
          pc = isInside(textOf(code[pc + 1] as number)) ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.ifSample:
          pc = isInSample(conversation(), (code[pc + 1] as number) / 1e6)
            ? pc + 3
            : (code[pc + 2] as number)
          break
        case op.id:
          siphash128Into(message, messageStart, messageEnd, key, out, end)
          end += 32
          pc++
          break
        case op.line:
          out.set(input.subarray(from, to), end)
          end += to - from
          pc++
          break
        case op.open: {
          const slot = code[pc + 1] as number
          const bytes = literals[code[pc + 2] as number] as Uint8Array
          slotStarts[slot] = end
          for (let index = 0; index < bytes.length; index++) out[end++] = bytes[index] as number
          slotBodies[slot] = end
          pc += 3
          break
        }
        case op.close: {
          const slot = code[pc + 1] as number
          if (end === slotBodies[slot]) end = slotStarts[slot] as number
          else {
            out[end - 1] = code[pc + 2] as number
            out[end++] = comma
          }
          pc += 3
          break
        }
        case op.closeFull:
          out[end - 1] = code[pc + 1] as number
          out[end++] = comma
          pc += 2
          break
        case op.carry:
          carried[code[pc + 1] as number] = 1
          pc += 2
          break
        case op.carryIfSame: {
          const left = code[pc + 2] as number
          const right = code[pc + 3] as number
          if (absent[right] === 0 && isSameValue(left, right)) carried[code[pc + 1] as number] = 1
          pc += 4
          break
        }
        case op.rest: {
          const bit = code[pc + 1] as number
          const column = code[pc + 2] as number
          if (absent[column] === 0 && (bit === -1 || carried[bit] === 0)) {
            const bytes = literals[code[pc + 3] as number] as Uint8Array
            for (let index = 0; index < bytes.length; index++) out[end++] = bytes[index] as number
            const stop = ends[column] as number
            for (let index = starts[column] as number; index < stop; index++) {
              out[end++] = input[index] as number
            }
            out[end++] = 34
            out[end++] = comma
          }
          pc += 4
          break
        }
        case op.ifPresent:
          pc = absent[code[pc + 1] as number] === 0 ? pc + 3 : (code[pc + 2] as number)
          break
        case op.ifOrigin: {
          const bytes = origins[code[pc + 1] as number] as Uint8Array
          pc = bytes !== noBytes ? pc + 3 : (code[pc + 2] as number)
          break
        }
        case op.ifOriginTime:
          pc =
            (originTimes[code[pc + 1] as number] as number) >= 0 ? pc + 3 : (code[pc + 2] as number)
          break
        case op.ifText: {
          const column = code[pc + 1] as number
          const holds =
            absent[column] === 0 && isText(column, literals[code[pc + 2] as number] as Uint8Array)
          pc = holds ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.ifTextIgnoringCase: {
          const column = code[pc + 1] as number
          const holds =
            absent[column] === 0 &&
            isTextIgnoringCase(column, literals[code[pc + 2] as number] as Uint8Array)
          pc = holds ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.ifDiffers: {
          const left = code[pc + 1] as number
          const right = code[pc + 2] as number
          const holds = absent[left] === 0 && absent[right] === 0 && !isSameValue(left, right)
          pc = holds ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.ifBits: {
          const column = code[pc + 1] as number
          const holds =
            absent[column] === 0 &&
            ((numbers[column] as number) & (code[pc + 2] as number)) === code[pc + 3]
          pc = holds ? pc + 5 : (code[pc + 4] as number)
          break
        }
        case op.ifFamily: {
          const holds = isIPv6[code[pc + 1] as number] === (code[pc + 2] === 6 ? 1 : 0)
          pc = holds ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.ifInOrder: {
          const from = numbers[code[pc + 1] as number] as number
          const to = numbers[code[pc + 2] as number] as number
          pc = to >= from ? pc + 4 : (code[pc + 3] as number)
          break
        }
        case op.distinct:
          seenCount = 0
          pc++
          break
        case op.ifNew: {
          const column = code[pc + 1] as number
          let isNew = true
          for (let index = 0; index < seenCount && isNew; index++) {
            isNew = !isSame(seen[index] as number, column)
          }
          if (isNew) seen[seenCount++] = column
          pc = isNew ? pc + 3 : (code[pc + 2] as number)
          break
        }
        case op.choose: {
          const column = code[pc + 1] as number
          const table = code[pc + 2] as number
          const direct = jumps[table]
          let target = -1
          if (direct) target = direct[numbers[column] as number] ?? -1
          else {
            const cases = tables[table] as (typeof tables)[number]
            for (let index = 0; index < cases.length; index++) {
              const each = cases[index] as (typeof cases)[number]
              if (!isText(column, each.bytes)) continue
              target = each.pc
              break
            }
          }
          pc = target === -1 ? (code[pc + 3] as number) : target
          break
        }
        default:
          throw new Error(`a plan has no instruction ${code[pc]}`)
      }
    }
  }

  const timeColumns = [columnOf('start'), columnOf('end')].filter((column) => column !== -1)
  const accountColumn = columnOf('account_id')
  const idText = new Uint8Array(32)
  let lastAccount = ''

  /** Tells of the event that was just written. */
  function describe(events: EventIndex, offset: number, origin: Origin): void {
    siphash128Into(message, messageStart, messageEnd, key, idText, 0)
    const timeColumn = timeColumns.find((column) => absent[column] === 0)
    const time = timeColumn === undefined ? origin.timestamp : numbers[timeColumn]
    events.offsets.push(offset)
    events.ids.push(String.fromCharCode(...idText))
    events.times.push(toMilliseconds(time))
    events.accounts.push(accountOf(origin))
  }

  function accountOf(origin: Origin): string | undefined {
    if (accountColumn === -1 || absent[accountColumn] === 1) return origin.account
    const start = starts[accountColumn] as number
    const length = (ends[accountColumn] as number) - start
    let isLast = length === lastAccount.length
    for (let index = 0; index < length && isLast; index++) {
      isLast = lastAccount.charCodeAt(index) === input[start + index]
    }
    if (!isLast) lastAccount = decoder.decode(input.subarray(start, start + length))
    return lastAccount
  }

  return {
    name: 'portable',
    run(block, from, to, { output, tally, originAt, index, events, now: time }) {
      input = block
      now = time
      let position = from
      let lineIndex = index
      while (position < to) {
        const stop = scanner.scan(block, position)
        if (stop === -1 || stop - position > maxLineLength) return position
        let originBytes = 0
        message = block
        messageStart = position
        messageEnd = stop
        const origin = needsOrigin || events ? originAt(lineIndex) : undefined
        if (origin !== undefined) {
          originBytes = prepareOrigin(origin)
          if (originBytes === -1) return position
          if (!lineIdentifies) prepareMessage(origin, position, stop)
        }
        reserve(
          output,
          plan.ownBytes + plan.copies * (stop - position) + originCopies * originBytes,
        )
        const end = execute(output.bytes, output.length, position, stop)
        if (end >= 0) {
          if (events) describe(events, output.length, origin ?? {})
          output.length = end
          tally.emitted++
        } else if (end === outcome.bail) return position
        else if (end <= outcome.filter) add(tally.filtered, outcome.filter - end)
        else add(tally.keptOut, outcome.keepOut - end)
        tally.lines++
        lineIndex++
        position = stop + 1
      }
      return position
    },
  }
}

function add(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function isInteger(column: Column | undefined): boolean {
  return column !== undefined && column.kind !== 'text' && column.kind !== 'address'
}

/** Targets by number, where all numbers are small. */
function jumpsByNumber(
  cases: readonly { readonly text: string; readonly pc: number }[],
): readonly number[] | undefined {
  const jumps: number[] = []
  for (const { text, pc } of cases) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined
    jumps[Number(text)] = pc
  }
  return Array.from(jumps, (pc) => pc ?? -1)
}

/** Turns the comma after a document's last member into a line feed. */
function endDocument(out: Uint8Array, begin: number, end: number): number {
  if (end > begin) {
    out[end - 1] = lineFeed
    return end
  }
  out[end] = openBrace
  out[end + 1] = closeBrace
  out[end + 2] = lineFeed
  return end + 3
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
