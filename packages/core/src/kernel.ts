/**
 * The kernel: runs a plan as WebAssembly that is made for it. Its memory holds one block of lines at
 * a time, and the events are written where the output begins, so that they need not be copied.
 */

import type { Format } from './format.ts'
import { identifies, place } from './id.ts'
import { createEventReader } from './kernel-events.ts'
import { layout, originLength, originTextBytes, state } from './kernel-layout.ts'
import {
  type Block,
  type KernelMemory,
  loadBlock,
  positionOf,
  seek,
  type Tokenise,
} from './kernel-memory.ts'
import { type Kernel, kernelStatus } from './kernel-module.ts'
import { createQuestions } from './kernel-questions.ts'
import { type CommonOrigin, isAmong, type Origin } from './origin.ts'
import { createOriginTexts } from './origin-texts.ts'
import { append, reserve } from './output.ts'
import { keptOutColumns } from './plan.ts'
import { createTextEncoder, instantiate } from './platform.ts'
import type { Engine } from './portable.ts'

const maxTail = layout.message - layout.tail
const unknownOrigin: CommonOrigin = { origin: {}, differing: [] }

/**
 * Sets a kernel up in a memory that it shares with others. Undefined where the host does not run it:
 * it has no WebAssembly with SIMD, or takes none from bytes.
 */
export function createKernelEngine(
  { code, demands }: Kernel,
  format: Format,
  memory: KernelMemory,
): Engine | undefined {
  const ask = createQuestions(demands, format).answerIn(memory)
  const functions = instantiate(code, { memory: memory.memory, ask })
  if (functions === undefined) return undefined
  const { origins, rules, writesId } = demands
  const originTexts = createOriginTexts(demands)
  const { bytes, words } = memory
  const run = functions.run as (from: number, last: number, end: number, limit: number) => number
  const lay = functions.lay as () => void
  const tokenise = functions.tokenise as Tokenise
  const lineBytes = format.columns.length * 4
  const isIdentified = identifies(format)
  const encoder = createTextEncoder()
  const readEvents = createEventReader(memory)
  const self = {}
  let texts: (string | null | undefined)[] = []

  /** Puts the constants where this kernel expects them, unless they are there. */
  function moveIn(): void {
    if (memory.owner === self) return
    memory.owner = self
    memory.block = undefined
    texts = []
    lay()
    words.fill(
      originLength.absent,
      layout.originLengths / 4,
      layout.originLengths / 4 + demands.texts.length,
    )
    words.fill(0, 0, layout.originLengths / 4)
  }

  /** Puts the texts of an origin where the plan finds them; false if that cannot be done. */
  function setOrigin(common: CommonOrigin, now: number): boolean {
    const wanted = originTexts.textsOf(common, now)
    if (wanted === undefined) return false
    for (const [index, text] of wanted.entries()) {
      if (texts[index] === text) continue
      let length: number = text === null ? originLength.differing : originLength.absent
      if (typeof text === 'string') {
        // A text that JSON would escape, or that is very long.
        const isPlain = JSON.stringify(text).length === text.length + 2
        if (!isPlain || text.length * 3 > originTextBytes) return false
        const at = layout.originTexts + index * originTextBytes
        length = encoder.encodeInto(text, bytes.subarray(at, at + originTextBytes)).written
      }
      words[layout.originLengths / 4 + index] = length
      texts[index] = text
    }
    return true
  }

  /** What follows the line in the message of the id. */
  function setTail(origin: Origin): boolean {
    const tail = `\n${place(origin)}`
    if (tail.length * 3 > maxTail) return false
    const target = bytes.subarray(layout.tail, layout.tail + maxTail)
    words[state.tailLength / 4] = encoder.encodeInto(tail, target).written
    return true
  }

  function blockAt(
    position: number,
    call: number,
    input: Uint8Array,
    to: number,
  ): Block | undefined {
    const { block } = memory
    const isKnown = block !== undefined && block.call === call && block.input === input
    if (isKnown && seek(memory, block, position)) return block
    memory.block = loadBlock(memory, { call, input, from: position, to }, tokenise)
    return memory.block
  }

  return { name: 'kernel', needsSlack: false, run: runLines }

  function runLines(...[input, from, to, work]: Parameters<Engine['run']>): number {
    const { output, tally, originAt, common, index, events, now, call } = work
    moveIn()
    words[state.describes / 4] = Number(events !== undefined)
    const idNeedsOrigin = (writesId || events !== undefined) && !isIdentified
    const shared = origins.length === 0 ? unknownOrigin : common
    const mayDiffer = shared !== undefined && origins.some(isAmong(shared.differing))
    if (shared && !setOrigin(shared, now)) return from
    /** Whether the next line is tried with its own origin, and how many lines had to be. */
    let isOwn = shared === undefined
    let owned = 0
    let position = from
    while (position < to) {
      let origin: Origin | undefined
      const needsOrigin = idNeedsOrigin || isOwn
      if (needsOrigin) {
        origin = originAt(index + tally.lines)
        if (isOwn && !setOrigin({ origin, differing: [] }, now)) return position
        if (idNeedsOrigin && !setTail(origin)) return position
      }
      const block = blockAt(position, call, input, to)
      if (block === undefined) return position
      const first = block.cursor
      const last = needsOrigin ? Math.min(block.last, first + lineBytes) : block.last
      const isHome = output.bytes === memory.output
      const begin = layout.output + (isHome ? output.length : 0)
      const status = run(first, last, begin, layout.end)
      block.cursor = words[state.cursor / 4] as number
      const end = words[state.end / 4] as number
      const emitted = words[state.emitted / 4] as number
      const lines = (block.cursor - first) / lineBytes
      const linesBefore = tally.lines
      if (events && emitted > 0) {
        readEvents(events, {
          count: emitted,
          shift: isHome ? -layout.output : output.length - layout.output,
          originOf: (at) => origin ?? originAt(index + linesBefore + (at - first) / lineBytes),
        })
      }
      if (isHome) output.length = end - layout.output
      else if (end > begin) append(output, memory.output.subarray(0, end - begin))
      tally.lines += lines
      tally.emitted += emitted
      if (lines > emitted) takeCounts(tally.keptOut, tally.filtered)
      position = positionOf(memory, block)
      if (status === kernelStatus.givenUp) {
        if (!mayDiffer || isOwn) return position
        isOwn = true
        continue
      }
      if (shared && isOwn && lines > 0) {
        owned++
        // Most lines ask for it.
        isOwn = owned > 8 && owned * 2 > tally.lines
        if (!isOwn) setOrigin(shared, now)
      }
      if (status === kernelStatus.full && lines === 0) {
        // What was written moves out, so that there is room again; a line that needs more has to wait.
        if (!isHome || output.length === 0) return position
        reserve(output, output.bytes.length)
      }
      // What is left of the block is not a whole line.
      if (status === kernelStatus.done && lines === 0) return position
    }
    return position
  }

  function takeCounts(keptOut: number[], filtered: number[]): void {
    for (const [counts, address, size] of [
      [keptOut, state.keptOut, keptOutColumns.length],
      [filtered, state.filtered, rules],
    ] as const) {
      for (let count = 0; count < size; count++) {
        const place = address / 4 + count
        counts[count] = (counts[count] ?? 0) + (words[place] as number)
        words[place] = 0
      }
    }
  }
}
