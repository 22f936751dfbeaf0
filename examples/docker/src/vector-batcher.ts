/**
 * Gathers events for so many seconds and sends them together; each resolves to whether it was
 * taken.
 */
export function createBatcher<Event>(
  seconds: number,
  send: (events: readonly Event[]) => Promise<readonly boolean[]>,
): (event: Event) => Promise<boolean> {
  let waiting: { event: Event; settle: (isTaken: boolean) => void }[] = []

  async function sendBatch(): Promise<void> {
    const sent = waiting
    waiting = []
    const taken = await send(sent.map(({ event }) => event))
    for (const [index, { settle }] of sent.entries()) settle(taken[index] ?? false)
  }

  return (event) =>
    new Promise((settle) => {
      waiting.push({ event, settle })
      if (waiting.length === 1) setTimeout(sendBatch, seconds * 1_000)
    })
}
