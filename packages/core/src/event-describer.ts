/** What an engine tells of each event: its offset, id, time and account. */
import type { EventIndex } from './event-index.ts'
import { type Machine, numberOf } from './machine.ts'
import type { Origin } from './origin.ts'
import { createTextDecoder } from './platform.ts'
import { siphash128Into } from './siphash.ts'
import { toMilliseconds } from './time.ts'
import { textOf } from './values.ts'

/** Describes the events of one engine. */
export interface EventDescriber {
  /** Whether the line says all of it, so that its origin does not matter. */
  isComplete(): boolean
  /** Describes the event that the machine has just written at an offset. */
  describe(events: EventIndex, offset: number, origin: Origin | undefined): void
  /** Hands out the ids, which are made to texts together. */
  flush(events: EventIndex): void
}

const idLength = 32

/** Builds the describer; `columnOf` finds columns by record key, or −1. */
export function createEventDescriber(
  machine: Machine,
  columnOf: (name: string) => number,
): EventDescriber {
  const [start, end] = [columnOf('start'), columnOf('end')]
  const account = columnOf('account_id')
  const decoder = createTextDecoder(false)
  let ids = new Uint8Array(64 * idLength)
  let length = 0
  let knownAccount = ''
  let knownBytes = new Uint8Array(0)

  /** Most lines of an input are of one account. */
  function accountOf(): string {
    const { input, starts, ends } = machine
    const from = starts[account] as number
    const size = (ends[account] as number) - from
    let isKnown = size === knownBytes.length
    for (let at = 0; isKnown && at < size; at++) isKnown = input[from + at] === knownBytes[at]
    if (!isKnown) {
      knownAccount = textOf(machine, account)
      knownBytes = input.slice(from, from + size)
    }
    return knownAccount
  }

  function takeId(): void {
    if (length + idLength > ids.length) {
      const larger = new Uint8Array(ids.length * 2)
      larger.set(ids)
      ids = larger
    }
    const { idAt, output, message, messageFrom, messageTo, key } = machine
    if (idAt === -1) siphash128Into(message, messageFrom, messageTo, key, ids, length)
    else for (let at = 0; at < idLength; at++) ids[length + at] = output[idAt + at] as number
    length += idLength
  }

  function hasValue(column: number): boolean {
    return column !== -1 && machine.absent[column] === 0
  }

  return {
    isComplete: () => hasValue(account) && (hasValue(start) || hasValue(end)),
    describe(events, offset, origin) {
      takeId()
      events.offsets.push(offset)
      const column = hasValue(start) ? start : end
      const time = hasValue(column) ? numberOf(machine, column) : origin?.timestamp
      events.times.push(toMilliseconds(time))
      events.accounts.push(hasValue(account) ? accountOf() : origin?.account)
    },
    flush(events) {
      const text = decoder.decode(ids.subarray(0, length))
      for (let at = 0; at < length; at += idLength) events.ids.push(text.slice(at, at + idLength))
      length = 0
    },
  }
}
