/** What a command costs, all of its processes included. */
import { spawnSync } from 'node:child_process'

/** Seconds. */
export interface CommandTime {
  /** User and system time. */
  readonly cpu: number
  readonly wall: number
}

/** Runs a command of bash, whose output goes to `sink`, a part of a command; throws when it fails. */
export function timeCommand(command: string, sink: string = '> /dev/null'): CommandTime {
  // The command's own errors go elsewhere, so that the last line is the time.
  const script = `set -o pipefail; TIMEFORMAT='%3R %3U %3S'; { time { ${command}; } 2> /dev/null; } ${sink}`
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`exit code ${status}: ${command}`)
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number)
  return { cpu: user + system, wall }
}
