/**
 * A kernel that reads: it checks the lines of a block, finds where their values are, and says what
 * they are. Records are made of what it leaves in the memory.
 */
import type { Format } from './format.ts'
import { ipv6Check } from './kernel-address.ts'
import { cellLayout } from './kernel-cell-layout.ts'
import { createCells } from './kernel-cells.ts'
import { createLineCheck, delimiterCheck } from './kernel-check.ts'
import { createConstants } from './kernel-constants.ts'
import { layout, pages, state } from './kernel-layout.ts'
import {
  type Block,
  createKernelMemory,
  type KernelMemory,
  loadBlock,
  seek,
  type Tokenise,
} from './kernel-memory.ts'
import { tokeniser } from './kernel-tokenise.ts'
import { canCompile, instantiate } from './platform.ts'
import { block, branch, branchIf, label, loop } from './wasm-code.ts'
import { createFunction, createModule, type Local, layData } from './wasm-module.ts'
import { i32 } from './wasm-operations.ts'

/** The columns of some clean lines; good until the next ones are read. */
export interface Columns {
  /** How many lines there are. */
  readonly count: number
  /** The input, and where the lines begin in it. */
  readonly input: Uint8Array
  readonly from: number
  /** What to add to an address for a position in the input. */
  readonly shift: number
  /**
   * For each line the address of the delimiter before each value; the one behind the last value is
   * the one before the next line.
   */
  readonly delimiters: Int32Array
  /** For each line the cell of each value, if asked for. */
  readonly cells: Int32Array
  /** What is known of the new values among them, and the texts and the wide numbers, in order. */
  readonly words: Int32Array
  readonly texts: Uint8Array
  readonly wide: Float64Array
  /** Where the first line that is not clean begins in the input, or the end of the block. */
  readonly next: number
  /** The end of the block in the input. */
  readonly end: number
}

/** Reads the clean lines of an input from a position on, a block of them at most. */
export type ReadColumns = (input: Uint8Array, from: number, to: number) => Columns | undefined

/** What to read. */
export interface ColumnOptions {
  readonly maxLineLength: number
  readonly hasCells: boolean
}

/** Builds the reader of a format; undefined where there can be none. */
export function createColumnReader(
  format: Format,
  { maxLineLength, hasCells }: ColumnOptions,
): ReadColumns | undefined {
  const memory = canCompile() ? createKernelMemory() : undefined
  const functions =
    memory &&
    instantiate(columnsModule(format, { maxLineLength, hasCells }), {
      memory: memory.memory,
      ask: () => 0,
    })
  if (memory === undefined || functions === undefined) return undefined
  const { lay, read, tokenise } = functions as unknown as {
    lay(): void
    read(from: number, last: number): number
    tokenise: Tokenise
  }
  lay()
  const lineBytes = format.columns.length * 4
  let current: Block | undefined
  return (input, from, to) => {
    // An input is read from its beginning, and what is in the memory by then is another's.
    const isKnown = from > 0 && current !== undefined && seek(memory, current, from)
    if (!isKnown) current = loadBlock(memory, { call: 0, input, from, to }, tokenise)
    if (current === undefined) return undefined
    const cursor = read(current.cursor, current.last)
    return columnsOf(memory, current, cursor, (cursor - current.cursor) / lineBytes)
  }
}

function columnsOf(
  { bytes, words }: KernelMemory,
  { input, from, to, cursor }: Block,
  stopped: number,
  count: number,
): Columns {
  const end = (word: 'wordsEnd' | 'textsEnd'): number => words[cellLayout[word] / 4] as number
  return {
    count,
    input,
    from: (words[cursor / 4] as number) + 1 - layout.input + from,
    shift: from - layout.input,
    delimiters: words.subarray(cursor / 4, stopped / 4 + 1),
    cells: words.subarray(cellLayout.cells / 4, (cellLayout.cells + stopped - cursor) / 4),
    words: words.subarray(cellLayout.words / 4, end('wordsEnd') / 4),
    texts: bytes.subarray(cellLayout.texts, end('textsEnd')),
    wide: new Float64Array(bytes.buffer, cellLayout.wide),
    next: (words[stopped / 4] as number) + 1 - layout.input + from,
    end: to,
  }
}

/** Whether a column holds integers. */
export function isNumeric({ kind }: Format['columns'][number]): boolean {
  return kind !== 'text' && kind !== 'address'
}

function columnsModule(
  format: Format,
  { maxLineLength, hasCells }: ColumnOptions,
): Uint8Array<ArrayBuffer> {
  const { columns } = format
  const module = createModule()
  const constants = createConstants()
  module.add(tokeniser(columns.length, state.careful), 'tokenise')
  const made = createFunction(['i32', 'i32'], ['i32'])
  const [delimiters, last] = made.parameters as [Local, Local]
  const careful = made.local('i32')
  const line = createLineCheck(made, format, constants, delimiters, careful, {
    isIPv6: module.add(ipv6Check()),
    hasDelimiters: module.add(delimiterCheck(columns.length)),
  })
  const done = label('done')
  const next = label('next line')
  const cells = hasCells ? createCells(made, format, module, constants, line) : undefined
  const length = i32.sub(i32.sub(line.after(columns.length - 1), line.before(0)), i32.of(1))
  made.body = [
    line.init,
    careful.set(i32.load(i32.of(0), state.careful)),
    cells?.init ?? [],
    block(
      done,
      loop(
        next,
        branchIf(done, i32.gt(i32.add(delimiters.get, i32.of(columns.length * 4)), last.get)),
        line.check(done),
        branchIf(done, i32.gt(length, i32.of(Math.min(maxLineLength, 0x7fffffff)))),
        cells?.write ?? [],
        delimiters.set(i32.add(delimiters.get, i32.of(columns.length * 4))),
        branch(next),
      ),
    ),
    delimiters.get,
  ]
  module.add(made, 'read')
  const data = constants.finish()
  const lay = createFunction([])
  lay.body = layData(layout.constants, data.length)
  module.add(lay, 'lay')
  return module.finish(data, pages)
}
