/** A path, ready to run: all its literals in one array of words. */
import { toWords } from './literal-step.ts'
import type { Machine, Step } from './machine.ts'
import type { Path } from './path.ts'
import { createTextEncoder } from './platform.ts'

/** Writes the events of one path. */
export interface Program {
  readonly outcome: number
  readonly words: Float64Array
  /** Where the words of each literal begin, and how many bytes it has. */
  readonly places: Int32Array
  readonly lengths: Int32Array
  /** Literals that are better written at once. */
  readonly large: readonly (Uint8Array | undefined)[]
  /** The column after each literal but the last; −1 where a step comes. */
  readonly columns: Int32Array
  readonly steps: readonly (Step | undefined)[]
}

/** Prepares a path. */
export function createProgram({ outcome, texts, inserts }: Path): Program {
  const encoder = createTextEncoder()
  const literals = texts.map((text) => encoder.encode(text))
  const words = literals.map((literal) => toWords(literal) ?? new Float64Array(0))
  const places = new Int32Array(literals.length)
  const joined = new Float64Array(words.reduce((sum, each) => sum + each.length, 0))
  let place = 0
  for (const [index, each] of words.entries()) {
    places[index] = place
    joined.set(each, place)
    place += each.length
  }
  return {
    outcome,
    words: joined,
    places,
    lengths: Int32Array.from(literals, (literal) => literal.length),
    large: literals.map((literal) => (toWords(literal) === undefined ? literal : undefined)),
    columns: Int32Array.from(inserts, (insert) => (typeof insert === 'number' ? insert : -1)),
    steps: inserts.map((insert) => (typeof insert === 'number' ? undefined : insert)),
  }
}

/** Writes the event of the scanned line at `begin`; returns its end. */
export function runProgram(program: Program, machine: Machine, begin: number): number {
  const { words, places, lengths, large, columns, steps } = program
  const { inputView, outputView, output, starts, ends } = machine
  const count = columns.length
  let end = begin
  for (let index = 0; ; index++) {
    const length = lengths[index] as number
    const literal = large[index]
    if (literal === undefined) {
      let word = places[index] as number
      for (let at = 0; at < length; at += 8) {
        outputView.setFloat64(end + at, words[word++] as number, true)
      }
    } else output.set(literal, end)
    end += length
    if (index === count) return end
    const column = columns[index] as number
    if (column === -1) {
      end = (steps[index] as Step)(machine, end)
      continue
    }
    const start = starts[column] as number
    const width = (ends[column] as number) - start
    for (let at = 0; at < width; at += 8) {
      outputView.setFloat64(end + at, inputView.getFloat64(start + at, true), true)
    }
    end += width
  }
}
