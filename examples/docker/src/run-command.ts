import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'

/** How a command is run. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Where its output goes, too. */
  readonly log?: string
  /** Seconds after which it is killed. */
  readonly timeout?: number
}

/** What a command wrote, and how it ended. */
export interface Ended {
  readonly status: number
  /** What it wrote to standard error, and after that to standard output. */
  readonly output: string
}

/** Runs a command, which is found on the PATH or by its path. */
export async function runCommand(
  [program = '', ...parameters]: readonly string[],
  { cwd, env, log, timeout = 900 }: Surroundings = {},
): Promise<Ended> {
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  })
  const file = log === undefined ? undefined : createWriteStream(log, { flags: 'a' })
  file?.write(`$ ${[program, ...parameters].join(' ')}\n`)
  let said = ''
  let output = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
    file?.write(chunk)
  })
  child.stdout.on('data', (chunk) => {
    output += chunk
    file?.write(chunk)
  })
  // Node's own `timeout` would outlive a program that is not there.
  const timer = setTimeout(() => child.kill(), timeout * 1_000)
  const status = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127))
    child.once('close', (code) => resolve(code ?? 1))
  })
  clearTimeout(timer)
  file?.end()
  return { status, output: said + output }
}

/** The same for a command that has to succeed. */
export async function mustRun(
  command: readonly string[],
  surroundings?: Surroundings,
): Promise<string> {
  const { status, output } = await runCommand(command, surroundings)
  if (status === 0) return output
  const last = output.trimEnd().split('\n').slice(-20).join('\n')
  throw new Error(`${command.join(' ')} ended with ${status}:\n${last}`)
}
