/** What an envelope was found to hold: lines with their origins, and what is not a line. */
import {
  addLedger,
  emptyLedger,
  type Origin,
  type Rejection,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'

/** An envelope taken apart. */
export interface Delivery {
  /** Flow log lines, one after the other. */
  readonly lines: Uint8Array
  /** Where a line came from, by its index from 0. */
  readonly originAt: (index: number) => Origin
  /** Control messages, as CloudWatch Logs sends them to check that a destination is there. */
  readonly control: number
  /** What could not be opened; `line` is its text, or base64 where it is not text. */
  readonly rejections: readonly Rejection[]
}

/** One input of lines or envelopes: a record, an object, a file. */
export interface Input {
  readonly origin: Origin
  /** Lines found in it so far. */
  lines: number
}

/** Gathers lines from any number of envelopes, in order. */
export interface Collector {
  /** The text that an envelope carries for one event; usually one line. */
  addMessage(input: Input, message: string, origin?: Origin): void
  /** Plain text. */
  addText(input: Input, bytes: Uint8Array): void
  addControl(messages: number): void
  reject(input: Input, rejection: Rejection): void
  /** Hands out what was gathered since the last time; indexes count on. */
  take(): Delivery
}

const newline = 10
const encoder = new TextEncoder()

/** Builds an empty collector. */
export function createCollector(): Collector {
  let blocks: Uint8Array[] = []
  let text = ''
  let runs: Run[] = []
  let next = 0
  let control = 0
  let rejections: Rejection[] = []

  function flushText(): void {
    if (text !== '') blocks.push(encoder.encode(text))
    text = ''
  }

  function addRun(input: Input, origin: Origin, lines: number): void {
    runs.push({ first: next, origin, line: input.lines + 1 })
    next += lines
    input.lines += lines
  }

  return {
    addMessage(input, message, origin = input.origin) {
      const complete = message.endsWith('\n') ? message : `${message}\n`
      text += complete
      addRun(input, origin, complete.split('\n').length - 1)
    },
    addText(input, bytes) {
      if (bytes.length === 0) return
      flushText()
      blocks.push(bytes)
      const isComplete = bytes.at(-1) === newline
      if (!isComplete) blocks.push(Uint8Array.of(newline))
      addRun(input, input.origin, countNewlines(bytes) + (isComplete ? 0 : 1))
    },
    addControl(messages) {
      control += messages
    },
    reject({ origin }, rejection) {
      rejections.push(Object.keys(origin).length > 0 ? { ...rejection, origin } : rejection)
    },
    take() {
      flushText()
      const lines = concatenate(blocks)
      const delivery = { lines, originAt: lookUp(runs), control, rejections }
      blocks = []
      runs = []
      control = 0
      rejections = []
      return delivery
    },
  }
}

/** Lines next to each other that share an origin, up to the number of the line. */
interface Run {
  readonly first: number
  readonly origin: Origin
  readonly line: number
}

/** Finds origins by index; made for indexes that mostly go up. */
function lookUp(runs: readonly Run[]): (index: number) => Origin {
  let current = 0
  return (index) => {
    if (index < (runs[current]?.first ?? 0)) current = 0
    while (index >= (runs[current + 1]?.first ?? Number.POSITIVE_INFINITY)) current++
    const run = runs[current]
    return run ? { ...run.origin, line: run.line + index - run.first } : {}
  }
}

function countNewlines(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines++
  return lines
}

/** Joins blocks of bytes; a single one is not copied. */
export function concatenate(blocks: readonly Uint8Array[]): Uint8Array {
  if (blocks.length === 1) return blocks[0] as Uint8Array
  const joined = new Uint8Array(blocks.reduce((total, block) => total + block.length, 0))
  let at = 0
  for (const block of blocks) {
    joined.set(block, at)
    at += block.length
  }
  return joined
}

/** Transforms the lines of a delivery; the account covers the envelopes, too. */
export function transformDelivery(transform: Transform, delivery: Delivery): TransformResult {
  return withEnvelopes(transform(delivery.lines, delivery.originAt), delivery)
}

/** Enters in a result what the envelopes held besides lines. */
export function withEnvelopes(
  result: TransformResult,
  { control, rejections }: Delivery,
): TransformResult {
  if (control === 0 && rejections.length === 0) return result
  const ledger = emptyLedger()
  addLedger(ledger, result.ledger)
  ledger.lines += control + rejections.length
  ledger.control += control
  ledger.rejected += rejections.length
  for (const { code } of rejections) {
    ledger.rejections[code] = (ledger.rejections[code] ?? 0) + 1
  }
  ledger.lanes.envelope = (ledger.lanes.envelope ?? 0) + control + rejections.length
  return { ...result, ledger, rejections: [...result.rejections, ...rejections] }
}
