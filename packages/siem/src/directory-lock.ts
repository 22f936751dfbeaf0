/** A directory for one process alone, also between machines and containers that share it. */
import { randomUUID } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { configurationError } from '@flowlogs/core'
import { type Clock, systemClock } from './clock.ts'

/** A lock that is held. */
export interface DirectoryLock {
  /** Aborted, with the reason, when another process has taken the directory over. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** How a living process shows that it is one; milliseconds. */
export interface LockOptions {
  /** Default 1,000. */
  readonly heartbeat?: number
  /** Without a sign of life for so long, the holder counts as dead. Default 5,000. */
  readonly patience?: number
}

interface Holder {
  readonly token: string
  readonly place: string
  readonly process: number
}

/**
 * Locks a directory, or rejects if a living process has it. Node knows no lock that the system gives
 * up for a process that was killed, so the holder touches a file all the time.
 */
export async function lockDirectory(
  directory: string,
  { heartbeat = 1_000, patience = 5_000 }: LockOptions = {},
  clock: Clock = systemClock,
): Promise<DirectoryLock> {
  const path = join(directory, 'lock')
  const token = randomUUID()
  const own = JSON.stringify({ token, place, process: process.pid } satisfies Holder)

  /** Whether the holder is dead; false if it has left. */
  async function isOrphaned(): Promise<boolean> {
    const before = await look(path)
    const end = clock.now() + patience
    while (before && !isDead(before.text) && clock.now() < end) {
      await clock.sleep(Math.min(heartbeat, patience) / 2)
      const now = await look(path)
      if (!now) return false
      if (now.text === before.text && now.touched === before.touched) continue
      throw configurationError(`${directory} is in use by another process: ${now.text}`)
    }
    return before !== undefined
  }

  async function takeOver(): Promise<void> {
    const temporary = `${path}.${token}`
    await writeFile(temporary, own)
    await rename(temporary, path)
    // Of several that come at once, the last one has it.
    await clock.sleep(50)
    if ((await look(path))?.text === own) return
    throw configurationError(`${directory} is in use by another process`)
  }

  while (!(await create(path, own))) {
    if (!(await isOrphaned())) continue
    await takeOver()
    break
  }
  const controller = new AbortController()
  let isReleased = false

  async function beat(): Promise<void> {
    const now = new Date()
    try {
      const seen = await look(path)
      if (seen?.text === own) return await utimes(path, now, now)
    } catch {
      // A disk in trouble is not another process.
      return
    }
    if (isReleased) return
    clearInterval(timer)
    controller.abort(new Error(`${directory} was taken over by another process`))
  }

  const timer = setInterval(beat, heartbeat).unref()
  return {
    lost: controller.signal,
    async release() {
      isReleased = true
      clearInterval(timer)
      if ((await look(path))?.text === own) await rm(path, { force: true })
    },
  }
}

/** Within which process numbers mean the same: a machine, or a container on it. */
const place = (() => {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
})()

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function look(path: string): Promise<{ text: string; touched: number } | undefined> {
  try {
    const { mtimeMs } = await stat(path)
    return { text: await readFile(path, 'utf8'), touched: mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether the holder is known to be dead. */
function isDead(text: string): boolean {
  let holder: Holder
  try {
    holder = JSON.parse(text)
  } catch {
    return false
  }
  // Another thread of this process, or one that had the same number in a container before.
  if (holder.place !== place || holder.process === process.pid) return false
  try {
    process.kill(holder.process, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
