/** A thread of `convert`: takes one input after the other until none is left. */
import { parentPort, workerData } from 'node:worker_threads'
import { convertInput, type InputWork } from './convert-input.ts'
import type { ThreadData, ThreadMessage } from './convert-threads.ts'
import { openFileDestination } from './destination.ts'
import { loadShape } from './load-shape.ts'
import { outputTo } from './outputs.ts'
import { readBlocks } from './read-blocks.ts'
import { inTurns } from './turns.ts'

const { inputs, shape, events, rejects, state }: ThreadData = workerData
const lock = new Int32Array(state, 0, 1)
const next = new Int32Array(state, 4, 1)

try {
  const output = inTurns(outputTo(events, 'the output'), lock)
  const destination = openFileDestination(await loadShape(shape), output)
  let bytes = 0
  const onRead = (length: number) => {
    bytes += length
  }
  const work: InputWork = {
    transform: destination.transform,
    write: destination.write,
    rejects: rejects === undefined ? undefined : inTurns(outputTo(rejects, '--rejects'), lock),
    onLedger(ledger) {
      tell({ bytes, ledger })
      bytes = 0
    },
  }
  for (let input = take(); input; input = take()) {
    await convertInput(input, readBlocks(input, onRead), work)
  }
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  tell({ name, message })
}

function take(): (typeof inputs)[number] | undefined {
  return inputs[Atomics.add(next, 0, 1)]
}

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}
