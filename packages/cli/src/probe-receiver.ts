/** Whether an HTTP receiver is there. */

// Milliseconds; whoever asks is asked in turn.
const patience = 4_000
const refusals: ReadonlySet<number> = new Set([401, 403, 429])

/** Asks once. Many receivers know no HEAD: any answer will do that is no failure or refusal. */
export async function probeReceiver(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  const init = { method: 'HEAD', redirect: 'manual', headers, signal } as const
  const { status } = await fetch(url, init).catch((error: Error) => {
    throw error.cause instanceof Error ? error.cause : error
  })
  if (refusals.has(status) || (status >= 500 && status !== 501)) {
    throw new Error(`the receiver answered ${status}`)
  }
}
