/** What went wrong, for a log: the kind of error, unless it is a plain one, and its message. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { name, message } = error
  // Failures to connect may have a code and no message.
  const text = message || ('code' in error ? String(error.code) : '')
  return name === 'Error' ? text : `${name}: ${text}`
}
