/** Where events, rejected lines and the ledger are written. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { usageError } from './failure.ts'
import type { Input } from './inputs.ts'

/** Takes bytes in order; a resolved write may be followed by the next. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** The path in `file:PATH` or `file:///PATH`. */
export function filePath(url: string): string {
  if (!url.startsWith('file:') || url === 'file:') {
    const hint = /^[a-z][a-z0-9+.-]*:/i.test(url) ? '' : `; for a file, write file:${url}`
    throw usageError(
      `--out ${url} is no destination: it must be file:PATH, or a sink (see --help)${hint}`,
    )
  }
  if (!url.startsWith('file://')) return url.slice('file:'.length)
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw usageError(`--out ${url} is no file URL: ${(error as Error).message}`)
  }
}

/** Refuses to write over an input, or twice to one file. */
export function checkDistinct(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: readonly Input[],
): void {
  const taken = new Map<string, string>()
  for (const { path } of inputs) {
    const file = path === undefined ? undefined : identity(path)
    if (file !== undefined) taken.set(file, `the input ${path}`)
  }
  for (const [option, path] of Object.entries(outputs)) {
    const file = path === undefined ? undefined : identity(path)
    if (file === undefined) continue
    const other = taken.get(file)
    if (other !== undefined) throw usageError(`--${option} would write over ${other}`)
    taken.set(file, `what --${option} writes`)
  }
}

/** Tells files apart, however they are spelled; undefined for devices, which can take several outputs. */
function identity(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) return resolve(path)
  return status.isFile() ? `${status.dev}:${status.ino}` : undefined
}

/** A file, or standard output without a path. */
export function openOutput(path: string | undefined): Output {
  return path === undefined ? standardOutput : openFile(path)
}

const standardOutput: Output = {
  write(bytes) {
    return new Promise((done) => {
      if (bytes.length === 0 || process.stdout.write(bytes)) done()
      else process.stdout.once('drain', done)
    })
  },
  // The end of the process flushes what is left.
  async close() {},
}

/** Creates a file, or empties it. */
export function openFile(path: string): Output {
  const descriptor = attempt(path, () => openSync(path, 'w'))
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        at += attempt(path, () => writeSync(descriptor, bytes, at))
      }
    },
    async close() {
      attempt(path, () => closeSync(descriptor))
    },
  }
}

function attempt<Result>(path: string, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    throw new Error(`cannot write ${path}: ${(error as Error).message}`)
  }
}
