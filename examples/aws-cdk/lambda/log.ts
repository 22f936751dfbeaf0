import type { Log } from '@flowlogs/aws'

/**
 * Writes the account of an invocation as one log event that is JSON and nothing else: `console.log`
 * would have a time and a request id in front of it, and the metric filters want JSON.
 */
export const log: Log = (invocation) => {
  process.stdout.write(`${JSON.stringify({ message: 'flowlogs', ...invocation })}\n`)
}
