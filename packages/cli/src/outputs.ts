/** Where events, rejected lines and the ledger are written. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closedPipe, usageError } from './failure.ts'
import type { Input } from './inputs.ts'
import { patiently } from './patiently.ts'

/** Takes bytes in order, and returns when they are written. */
export interface Output {
  readonly descriptor: number
  write(bytes: Uint8Array): void
  close(): void
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

const standardOutput = 1
const standardError = 2

/** A file, created or emptied; or standard output without a path. */
export function openOutput(path: string | undefined): Output {
  if (path === undefined) return outputTo(standardOutput, 'standard output')
  return outputTo(
    attempt(path, () => openSync(path, 'w')),
    path,
  )
}

/** Tells a person. */
export function say(text: string): void {
  outputTo(standardError, 'standard error').write(Buffer.from(text))
}

/** Writes to what is open already. */
export function outputTo(descriptor: number, name: string): Output {
  return {
    descriptor,
    write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        at += attempt(name, () => patiently(() => writeSync(descriptor, bytes, at)))
      }
    },
    close() {
      if (descriptor !== standardOutput) attempt(name, () => closeSync(descriptor))
    },
  }
}

function attempt<Result>(name: string, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === 'EPIPE' ? closedPipe() : new Error(`cannot write ${name}: ${message}`)
  }
}
