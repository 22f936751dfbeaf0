import type { Clock } from './clock.ts'

/** Yields what it is given, at most so many a second on average; what is late is made up for. */
export async function* pace<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  perSecond: number,
  clock: Clock,
): AsyncGenerator<Item> {
  const began = clock.now()
  let count = 0
  for await (const item of items) {
    const ahead = began + (count / perSecond) * 1_000 - clock.now()
    if (ahead > 0) await clock.wait(ahead)
    yield item
    count++
  }
}
