/** What went wrong, as one line and an exit code. */

/** A mistake on the command line: exit code 2. */
export function usageError(message: string): Error {
  return named('ConfigurationError', message)
}

/** A reader that has seen enough (`| head`) has closed the pipe; that is no failure. */
export function closedPipe(): Error {
  return named('ClosedPipe', 'the reader of the output has gone')
}

/** 2 for a mistake in the configuration, 1 for what went wrong on the way, 0 for `--help`. */
export function exitCodeOf(error: unknown): number {
  if (isSaid(error)) return 0
  const isMistake = error instanceof Error && error.name === 'ConfigurationError'
  return isMistake || isCommander(error) ? 2 : 1
}

/** One line for a person, or undefined when everything has been said. */
export function explain(error: unknown): string | undefined {
  if (isSaid(error)) return undefined
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
}

function isSaid(error: unknown): boolean {
  if (error instanceof Error && error.name === 'ClosedPipe') return true
  return isCommander(error) && error.exitCode === 0
}

// By its shape, since threads have no need to load commander.
function isCommander(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && 'exitCode' in error
}

function named(name: string, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}
