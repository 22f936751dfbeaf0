/** Reads what a kernel tells of the events that it has written. */
import type { EventIndex } from './event-index.ts'
import { layout } from './kernel-layout.ts'
import type { KernelMemory } from './kernel-memory.ts'
import type { Origin } from './origin.ts'
import { createTextDecoder } from './platform.ts'
import { toMilliseconds } from './time.ts'

/** Adds the events to an index. */
export type ReadEvents = (
  events: EventIndex,
  written: {
    readonly count: number
    /** What to add to the address of an event for its offset in the output. */
    readonly shift: number
    /** The origin of the line whose delimiters begin at an address. */
    readonly originOf: (delimiters: number) => Origin
  },
) => void

const idLength = 32

/** Builds the reader. */
export function createEventReader({ bytes, words, times }: KernelMemory): ReadEvents {
  const decoder = createTextDecoder(false)
  let knownAccount = ''
  let knownBytes = new Uint8Array(0)

  /** Most lines of an input are of one account. */
  function accountAt(from: number, length: number): string {
    let isKnown = length === knownBytes.length
    for (let at = 0; isKnown && at < length; at++) isKnown = bytes[from + at] === knownBytes[at]
    if (!isKnown) {
      knownBytes = bytes.slice(from, from + length)
      knownAccount = decoder.decode(knownBytes)
    }
    return knownAccount
  }

  return (events, { count, shift, originOf }) => {
    const ids = decoder.decode(bytes.subarray(layout.ids, layout.ids + count * idLength))
    for (let index = 0; index < count; index++) {
      const place = layout.accounts / 4 + index * 3
      const length = words[place + 2] as number
      const seconds = times[index] as number
      const isWhole = length > 0 && seconds > 0
      const origin = isWhole ? undefined : originOf(words[place] as number)
      events.offsets.push((words[layout.offsets / 4 + index] as number) + shift)
      events.ids.push(ids.slice(index * idLength, (index + 1) * idLength))
      events.times.push(toMilliseconds(seconds > 0 ? seconds : origin?.timestamp))
      events.accounts.push(
        length > 0 ? accountAt(words[place + 1] as number, length) : origin?.account,
      )
    }
  }
}
