/**
 * The kernel: runs a plan as WebAssembly that is made for it. Its memory holds one block of lines at
 * a time, and the events are written where the output begins, so that they need not be copied.
 */

import { identifies, place } from './id.ts'
import { createEventReader } from './kernel-events.ts'
import { layout, originTextBytes, state } from './kernel-layout.ts'
import {
  type Block,
  type KernelMemory,
  loadBlock,
  positionOf,
  seek,
  type Tokenise,
} from './kernel-memory.ts'
import { createKernelModule, type KernelOptions, kernelStatus } from './kernel-module.ts'
import type { Origin } from './origin.ts'
import { append, reserve } from './output.ts'
import { instructionsOf, keptOutColumns, op } from './plan.ts'
import { createTextEncoder, instantiate } from './platform.ts'
import type { Engine } from './portable.ts'

const maxTail = layout.message - layout.tail

/**
 * Builds the kernel of a plan in a memory that it shares with others. Undefined where the host has no
 * WebAssembly with SIMD, and for a plan that asks for more than the memory has places for.
 */
export function createKernelEngine(
  options: KernelOptions,
  memory: KernelMemory,
): Engine | undefined {
  const module = createKernelModule(options)
  const functions =
    module &&
    instantiate(module.bytes, {
      memory: memory.memory,
      ask: module.questions.answerIn(memory),
    })
  if (module === undefined || functions === undefined) return undefined
  const { plan, format, hasIndex } = options
  const { originTexts, rules } = module
  const { bytes, words } = memory
  const run = functions.run as (from: number, last: number, end: number, limit: number) => number
  const lay = functions.lay as () => void
  const tokenise = functions.tokenise as Tokenise
  const lineBytes = format.columns.length * 4
  const writesId = instructionsOf(plan.code).some(([kind]) => kind === op.id)
  const idNeedsOrigin = (writesId || hasIndex) && !identifies(format)
  const namesLine = plan.origins.includes('line')
  const encoder = createTextEncoder()
  const readEvents = createEventReader(memory)
  const self = {}
  let texts: (string | undefined)[] = []

  /** Puts the constants where this kernel expects them, unless they are there. */
  function moveIn(): void {
    if (memory.owner === self) return
    memory.owner = self
    memory.block = undefined
    texts = []
    lay()
    words.fill(-1, layout.originLengths / 4, layout.originLengths / 4 + originTexts.count)
    words.fill(0, 0, layout.originLengths / 4)
  }

  /** Puts the texts of an origin where the plan finds them; false if that cannot be done. */
  function setOrigin(origin: Origin, now: number): boolean {
    const wanted = originTexts.textsOf(origin, now)
    if (wanted === undefined) return false
    for (const [index, text] of wanted.entries()) {
      if (texts[index] === text) continue
      let length = -1
      if (text !== undefined) {
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

  return { name: 'kernel', run: runLines }

  function runLines(...[input, from, to, work]: Parameters<Engine['run']>): number {
    const { output, tally, originAt, sharedOrigin, index, events, now, call } = work
    moveIn()
    const isShared = plan.origins.length === 0 || (sharedOrigin !== undefined && !namesLine)
    if (isShared && !setOrigin(sharedOrigin ?? {}, now)) return from
    const needsOrigin = idNeedsOrigin || !isShared
    let position = from
    while (position < to) {
      let origin: Origin | undefined
      if (needsOrigin) {
        origin = originAt(index + tally.lines)
        if (!isShared && !setOrigin(origin, now)) return position
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
      if (status === kernelStatus.givenUp) return position
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
