/** What one of several threads does: takes one input after the other until none is left. */
import type { Ledger } from '@flowlogs/core'
import { convertInput } from './convert-input.ts'
import { openFileDestination } from './destination.ts'
import type { ShapeOptions } from './event-shape.ts'
import type { Input } from './inputs.ts'
import { loadShape } from './load-shape.ts'
import { outputTo } from './outputs.ts'
import { readBlocks } from './read-blocks.ts'
import { inTurns } from './turns.ts'

/** What every thread is given; the descriptors are those of the process. */
export interface SharedWork {
  readonly inputs: readonly Input[]
  readonly shape: ShapeOptions
  readonly events: number
  readonly rejects: number | undefined
  /** The turn of writing, and the index of the next input that nobody has taken. */
  readonly state: SharedArrayBuffer
}

/** Converts inputs until nobody has left one; `onBlock` is told of each block of lines. */
export async function convertShare(
  { inputs, shape, events, rejects, state }: SharedWork,
  onBlock: (bytes: number, ledger: Ledger) => void,
): Promise<void> {
  const lock = new Int32Array(state, 0, 1)
  const output = inTurns(outputTo(events, 'the output'), lock)
  const { transform, write } = openFileDestination(await loadShape(shape), output)
  let bytes = 0
  const onRead = (length: number) => {
    bytes += length
  }
  const work = {
    transform,
    write,
    rejects: rejects === undefined ? undefined : inTurns(outputTo(rejects, '--rejects'), lock),
    onLedger(ledger: Ledger) {
      onBlock(bytes, ledger)
      bytes = 0
    },
  }
  for (let input = takeNext(state, inputs); input; input = takeNext(state, inputs)) {
    await convertInput(input, readBlocks(input, onRead), work)
  }
}

/** Leaves no input to be begun. */
export function stopSharing(state: SharedArrayBuffer, inputs: readonly Input[]): void {
  Atomics.store(new Int32Array(state), 1, inputs.length)
}

function takeNext(state: SharedArrayBuffer, inputs: readonly Input[]): Input | undefined {
  return inputs[Atomics.add(new Int32Array(state), 1, 1)]
}
