/** Secrets, which come from the environment or from files and never from the command line. */
import { readFileSync } from 'node:fs'
import { usageError } from './failure.ts'

/** The value of an environment variable, or of the file that `NAME_FILE` names. */
export function readSecret(name: string): string | undefined {
  const value = process.env[name]
  const file = process.env[`${name}_FILE`]
  if (value && file) throw usageError(`${name} and ${name}_FILE are both set`)
  if (!file) return value || undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw usageError(`cannot read the file that ${name}_FILE names: ${(error as Error).message}`)
  }
}

/** The same for a secret that cannot be left out. */
export function requireSecret(name: string, meaning: string): string {
  const secret = readSecret(name)
  if (secret === undefined) {
    throw usageError(`${meaning} is missing: set ${name}, or ${name}_FILE to the path of a file`)
  }
  return secret
}
