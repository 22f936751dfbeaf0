/** The worker's side of a forwarder in a worker. */
import { parentPort, workerData } from 'node:worker_threads'
import { createForwarder } from './forwarder.ts'
import type { Answer, Question } from './forwarder-in-worker.ts'
import type { Report } from './report.ts'

const forwarder = createForwarder({
  ...workerData,
  onError: (failed) => tell({ failed }),
})

const underWay = new Set<Promise<void>>()

parentPort?.on('message', async (question: Question) => {
  if ('close' in question.ask) {
    const closed = await forwarder.close(question.ask.close)
    // What was under way has its own answers, which a closed port would not pass on.
    await Promise.all(underWay)
    tell({ number: question.number, closed })
    parentPort?.close()
    return
  }
  const answering = answer(question.number, question.ask)
  underWay.add(answering)
  await answering
  underWay.delete(answering)
})

async function answer(number: number, ask: Exclude<Question['ask'], { close: unknown }>) {
  try {
    const report = 'send' in ask ? await forwarder.send(ask.send, ask.origin) : await deliver(ask)
    tell({ number, report })
  } catch (error) {
    tell({ number, error: error as Error })
  }
}

/** The report, whatever is in it. */
async function deliver({ deliver: batch }: Extract<Question['ask'], { deliver: unknown }>) {
  try {
    return await forwarder.deliver(batch)
  } catch (error) {
    if (error instanceof Error && 'report' in error) return error.report as Report
    throw error
  }
}

function tell(answer: Answer): void {
  parentPort?.postMessage(answer)
}
