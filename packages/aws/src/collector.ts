/** Gathers lines from any number of envelopes, in order, with their origins. */
import type { Origin, Rejection } from '@flowlogs/core'
import { appendBlock, concatenate } from './blocks.ts'
import { type CommonBuilder, createCommonOrigin } from './common-origin.ts'
import type { Delivery, Section } from './delivery.ts'
import { type EnvelopeKernel, takeKernel } from './envelope-kernel.ts'
import { freeMemory } from './gunzip.ts'

/** One input of lines or envelopes: a record, an object, a file. */
export interface Input {
  readonly origin: Origin
  /** Whether it is there as a whole, so that nothing in it holds for anything after it. */
  readonly isRecord: boolean
  /** Lines found in it so far. */
  lines: number
}

/** Takes what envelopes hold, until it is handed out. */
export interface Collector {
  /** The text that an envelope carries for one event; usually one line. */
  addMessage(input: Input, message: string, origin?: Origin): void
  /** Whole lines of plain text; the last may lack its line feed. `format` names their fields. */
  addText(input: Input, bytes: Uint8Array, format?: string): void
  /**
   * Records next to each other, of one line each; `first` is the number of the first in its request.
   * Their lines stay as they are until the release.
   */
  addRecords(input: Input, lines: Uint8Array, count: number, first: number): void
  /**
   * Events next to each other, of one line each, which stay as they are until the release; `shared` is
   * the origin of all, `originAt` that of each.
   */
  addEvents(
    input: Input,
    blocks: readonly Uint8Array[],
    count: number,
    shared: Origin,
    originAt: (event: number) => Origin,
  ): void
  /** One line whose fields the envelope names. */
  addStructured(input: Input, line: string, format: string, origin?: Origin): void
  addControl(messages: number): void
  reject(input: Input, rejection: Rejection): void
  /** The kernel to take lines with, until the next release; undefined where there is none. */
  kernel(): EnvelopeKernel | undefined
  /** Bytes of lines gathered since the last time, about. */
  readonly bytes: number
  /** Hands out what was gathered since the last time. */
  take(): Delivery
  /** Takes over memory of inflated data, to be freed as soon as what lies in it is done with. */
  own(inflated: Uint8Array): void
  /** What was handed out is done with: its memory is used again. */
  release(): void
}

const newline = 10
const encoder = new TextEncoder()

/** Builds an empty collector. */
export function createCollector(): Collector {
  let sections: Section[] = []
  let section = startSection(undefined)
  let kernel: EnvelopeKernel | undefined
  const owned: Uint8Array[] = []
  let text = ''
  let bytes = 0
  let control = 0
  let rejections: Rejection[] = []

  function flushText(): void {
    if (text !== '') section.blocks.push(encoder.encode(text))
    text = ''
  }

  function closeSection(): void {
    flushText()
    if (section.lines > 0) sections.push(finishSection(section))
  }

  /** Starts another section where these lines do not belong in the open one. */
  function enter(input: Input, format: string | undefined): void {
    if (section.format !== format || section.input?.isRecord !== input.isRecord) {
      closeSection()
      section = startSection(format)
    }
    if (section.input === input) return
    section.input = input
    if (input.isRecord) addStart()
  }

  /** A record begins here. */
  function addStart(): void {
    const last = section.starts.at(-1)
    if (last && last.first + last.count === section.lines) last.count++
    else section.starts.push({ first: section.lines, count: 1 })
  }

  function addRun(input: Input, origin: Origin, lines: number): void {
    section.runs.push({ first: section.lines, origin, line: input.lines + 1 })
    section.common.add(origin)
    section.lines += lines
    input.lines += lines
  }

  function addLines(input: Input, lines: string, format: string | undefined, origin: Origin): void {
    enter(input, format)
    const complete = lines.endsWith('\n') ? lines : `${lines}\n`
    text += complete
    bytes += complete.length
    addRun(input, origin, complete.split('\n').length - 1)
  }

  function addBlocks(blocks: readonly Uint8Array[], run: LookupRun, count: number): void {
    flushText()
    section.common.add(run.shared, run.differing)
    for (const block of blocks) {
      appendBlock(section.blocks, block)
      bytes += block.length
    }
    section.runs.push(run)
    section.lines += count
  }

  return {
    addMessage: (input, message, origin = input.origin) =>
      addLines(input, message, undefined, origin),
    addStructured: (input, line, format, origin = input.origin) =>
      addLines(input, line, format, origin),
    addText(input, lines, format) {
      if (lines.length === 0) return
      enter(input, format)
      flushText()
      section.blocks.push(lines)
      bytes += lines.length
      const isComplete = lines.at(-1) === newline
      if (!isComplete) section.blocks.push(Uint8Array.of(newline))
      addRun(input, input.origin, countNewlines(lines) + (isComplete ? 0 : 1))
    },
    addRecords(input, lines, count, firstRecord) {
      enter(input, undefined)
      const { origin } = input
      const first = section.lines
      const starts = section.starts.at(-1)
      if (starts) starts.count += count - 1
      const originAt = (index: number) => ({ ...origin, record: firstRecord + index, line: 1 })
      addBlocks([lines], { first, shared: origin, originAt, differing: ['record'] }, count)
    },
    addEvents(input, blocks, count, shared, eventOriginAt) {
      enter(input, undefined)
      const line = input.lines + 1
      const originAt = (index: number) => ({ ...eventOriginAt(index), line: line + index })
      const differing = ['eventId', 'timestamp'] as const
      addBlocks(blocks, { first: section.lines, shared, originAt, differing }, count)
      input.lines += count
    },
    addControl(messages) {
      control += messages
    },
    reject({ origin }, rejection) {
      rejections.push(Object.keys(origin).length > 0 ? { ...rejection, origin } : rejection)
    },
    kernel() {
      kernel ??= takeKernel()
      return kernel
    },
    get bytes() {
      return bytes
    },
    take() {
      closeSection()
      section = startSection(undefined)
      const delivery = { sections, control, rejections }
      sections = []
      bytes = 0
      control = 0
      rejections = []
      return delivery
    },
    own(inflated) {
      owned.push(inflated)
    },
    release() {
      kernel?.release()
      kernel = undefined
      for (const each of owned.splice(0)) freeMemory(each)
    },
  }
}

/** A section that lines are added to. */
interface OpenSection {
  readonly format: string | undefined
  readonly blocks: Uint8Array[]
  readonly runs: Run[]
  readonly starts: Starts[]
  readonly common: CommonBuilder
  lines: number
  input: Input | undefined
}

/** Lines next to each other with each of which a record begins. */
interface Starts {
  readonly first: number
  count: number
}

/** Lines next to each other that share an origin, up to the number of the line; or have each its own. */
type Run = { readonly first: number; readonly origin: Origin; readonly line: number } | LookupRun

interface LookupRun {
  readonly first: number
  /** What all have in common. */
  readonly shared: Origin
  originAt(index: number): Origin
  /** Names in which the origins differ, besides the number of the line. */
  readonly differing: readonly (keyof Origin)[]
}

function startSection(format: string | undefined): OpenSection {
  return {
    format,
    blocks: [],
    runs: [],
    starts: [],
    common: createCommonOrigin(),
    lines: 0,
    input: undefined,
  }
}

function finishSection(section: OpenSection): Section {
  const { format, blocks, runs, starts, common, lines: count } = section
  const lines = concatenate(blocks)
  const originAt = Object.assign(lookUp(runs), { common: common.finish() })
  return {
    lines,
    count,
    originAt,
    ...(format !== undefined && { format }),
    // Asked for only where a header line came up.
    get records() {
      return starts.flatMap(({ first, count }) =>
        Array.from({ length: count }, (_, index) => first + index),
      )
    },
  }
}

/** Finds origins by index; made for indexes that mostly go up. */
function lookUp(runs: readonly Run[]): (index: number) => Origin {
  let current = 0
  return (index) => {
    if (index < (runs[current]?.first ?? 0)) current = 0
    while (index >= (runs[current + 1]?.first ?? Number.POSITIVE_INFINITY)) current++
    const run = runs[current]
    if (!run) return {}
    if ('originAt' in run) return run.originAt(index - run.first)
    return { ...run.origin, line: run.line + index - run.first }
  }
}

function countNewlines(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines++
  return lines
}
