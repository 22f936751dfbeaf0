/** What went wrong, as one line and an exit code. */
import { CommanderError } from 'commander'

/** A mistake on the command line: exit code 2. */
export function usageError(message: string): Error {
  const error = new Error(message)
  error.name = 'ConfigurationError'
  return error
}

/** 2 for a mistake in the configuration, 1 for what went wrong on the way, 0 for `--help`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return error instanceof Error && error.name === 'ConfigurationError' ? 2 : 1
}

/** One line for a person, or undefined when everything has been said. */
export function explain(error: unknown): string | undefined {
  if (error instanceof CommanderError && error.exitCode === 0) return undefined
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
}
