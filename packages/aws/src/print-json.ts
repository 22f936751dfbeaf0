/**
 * Writes one line that is JSON and nothing else. Lambda would put a time and a request id before
 * what `console.log` writes, and then no metric filter for JSON matches it.
 */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
