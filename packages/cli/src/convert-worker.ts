/** A thread of `convert` besides the main one. */
import { parentPort, workerData } from 'node:worker_threads'
import { addLedger, emptyLedger } from '@flowlogs/core'
import { convertShare } from './convert-share.ts'
import type { ThreadMessage } from './convert-threads.ts'

// Milliseconds between messages.
const interval = 100

let bytes = 0
let ledger = emptyLedger()
let next = performance.now() + interval

try {
  await convertShare(workerData, (read, more) => {
    bytes += read
    addLedger(ledger, more)
    if (performance.now() > next) tellLedger()
  })
  tellLedger()
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  tell({ name, message })
}

function tellLedger(): void {
  tell({ bytes, ledger })
  bytes = 0
  ledger = emptyLedger()
  next = performance.now() + interval
}

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}
