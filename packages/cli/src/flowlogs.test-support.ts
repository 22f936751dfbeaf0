import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'

const packageFolder = resolve(import.meta.dirname, '..')

/** What runs the program: its sources, or with DIST its build. */
const command: readonly string[] = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

/** What a run of the program left behind. */
export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a run writes that is no text. */
export function runFlowlogsRaw(
  args: readonly string[],
  options: { readonly cwd: string },
): { readonly stdout: Uint8Array } {
  return spawnSync(process.execPath, [...command, ...args], options)
}

/** Runs `flowlogs` to its end. */
export function runFlowlogs(
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly input?: string | Uint8Array
    readonly env?: NodeJS.ProcessEnv
  } = {},
): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  })
  return { status, stdout, stderr }
}

/** Starts `flowlogs`, whose standard input stays open. */
export function startFlowlogs(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcessByStdio<Writable, null, null> {
  return spawn(process.execPath, [...command, ...args], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}
