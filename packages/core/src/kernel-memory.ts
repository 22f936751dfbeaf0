/** The memory that the kernels of a transform share, one after the other. */
import { blockBytes, layout, pages } from './kernel-layout.ts'
import { createWasmMemory, type WasmMemory } from './platform.ts'

/** Some whole lines of an input, in memory, and the list of their delimiters. */
export interface Block {
  /** Which call of the transform they belong to: the buffers of inputs are used again. */
  readonly call: number
  readonly input: Uint8Array
  /** Which part of the input it is. */
  readonly from: number
  readonly to: number
  /** The address of the delimiter before the first line that is not done. */
  cursor: number
  /** The address of the last delimiter. */
  readonly last: number
}

/** The memory, as bytes and words; never grown, so that these views and outputs stay good. */
export interface KernelMemory {
  readonly memory: WasmMemory
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Int32Array
  readonly times: Float64Array
  /** Where events are written. */
  readonly output: Uint8Array<ArrayBuffer>
  /** Whose constants, block and texts lie there. */
  owner: object | undefined
  block: Block | undefined
}

/** Makes a memory; undefined where the host has none. Costs what is touched, 10 MiB at most. */
export function createKernelMemory(): KernelMemory | undefined {
  const memory = createWasmMemory(pages)
  if (memory === undefined) return undefined
  const { buffer } = memory
  return {
    memory,
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    times: new Float64Array(buffer, layout.times),
    output: new Uint8Array(buffer, layout.output, layout.end - layout.output),
    owner: undefined,
    block: undefined,
  }
}

const lineFeed = 10
const printable = 120

/** Finds the delimiters between two addresses; the list of their addresses begins at the third. */
export type Tokenise = (from: number, to: number, list: number) => number

/** Puts as many lines as fit into the memory; none if the first line does not fit. */
export function loadBlock(
  { bytes, words }: KernelMemory,
  { call, input, from, to }: Pick<Block, 'call' | 'input' | 'from' | 'to'>,
  tokenise: Tokenise,
): Block | undefined {
  const limit = from + blockBytes
  const end = limit >= to ? to : input.lastIndexOf(lineFeed, limit - 1) + 1
  if (end <= from) return undefined
  bytes.set(input.subarray(from, end), layout.input)
  const behind = layout.input + end - from
  bytes[layout.input - 1] = lineFeed
  // The tokeniser looks at 64 bytes at a time.
  bytes.fill(printable, behind, behind + 64)
  words[layout.delimiters / 4] = layout.input - 1
  const last = tokenise(layout.input, behind, layout.delimiters + 4) - 4
  return { call, input, from, to: end, cursor: layout.delimiters, last }
}

/** Whether the line at a position of the input is in the block; if so, the cursor goes there. */
export function seek({ words }: KernelMemory, block: Block, position: number): boolean {
  if (position < block.from || position >= block.to) return false
  const before = layout.input + position - block.from - 1
  while (block.cursor < block.last && (words[block.cursor / 4] as number) < before) {
    block.cursor += 4
  }
  return words[block.cursor / 4] === before
}

/** The position in the input of the first line that is not done. */
export function positionOf({ words }: KernelMemory, { cursor, from }: Block): number {
  return (words[cursor / 4] as number) + 1 - layout.input + from
}
