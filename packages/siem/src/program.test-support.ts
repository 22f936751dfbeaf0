/** Programs that run in a process of their own, so that they can be limited and killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

/** Starts a program, which is written as if it stood in the folder of the package. */
export function startProgram(
  program: string,
  values: readonly string[] = [],
  options: {
    /** A shell command that limits the process, such as `ulimit -f 64`. */
    readonly limit?: string
  } = {},
): ChildProcess {
  const node = [
    process.execPath,
    ...(process.env.DIST ? [] : ['--conditions=@flowlogs/source']),
    '--input-type=module-typescript',
    '-',
    ...values,
  ]
  const [command = '', ...rest] = options.limit
    ? ['sh', '-c', `${options.limit} && exec "$0" "$@"`, ...node]
    : node
  const child = spawn(command, rest, {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(program)
  return child
}

/** What a program prints; rejects with what it complains about if it fails. */
export async function runProgram(
  ...parameters: Parameters<typeof startProgram>
): Promise<{ readonly printed: string; readonly complaints: string }> {
  const child = startProgram(...parameters)
  const [printed, complaints, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  if (status !== 0) throw new Error(complaints || `the program ended with ${status}`)
  return { printed, complaints }
}

/**
 * Kills a program so many milliseconds after it has begun to print, or has had time enough to; the
 * whole lines that it printed.
 */
export async function runUntilKilled(
  milliseconds: number,
  ...parameters: Parameters<typeof startProgram>
): Promise<string[]> {
  const child = startProgram(...parameters)
  let printed = ''
  let complaints = ''
  child.stdout?.on('data', (bytes) => {
    printed += bytes
  })
  child.stderr?.on('data', (bytes) => {
    complaints += bytes
  })
  // A program that delivers to a full spool prints nothing.
  await Promise.race([once(child.stdout!, 'data'), once(child, 'close'), setTimeout(3_000)])
  await setTimeout(milliseconds)
  child.kill('SIGKILL')
  if (child.exitCode !== null) throw new Error(complaints || 'the program ended by itself')
  await once(child, 'close')
  if (complaints) throw new Error(complaints)
  return printed.split('\n').slice(0, -1)
}
