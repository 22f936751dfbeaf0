import { setImmediate } from 'node:timers/promises'

/**
 * Builds what takes values from iterables in turns: one value in each turn of the event loop,
 * whoever asks, so that input and output go on in between.
 */
export function createTurns(): <Value>(values: Iterable<Value>) => AsyncGenerator<Value, void> {
  let last: Promise<unknown> = Promise.resolve()
  return async function* inTurns(values) {
    const iterator = values[Symbol.iterator]()
    for (;;) {
      last = last.then(() => setImmediate())
      await last
      const { done, value } = iterator.next()
      if (done) return
      yield value
    }
  }
}
