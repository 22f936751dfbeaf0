/** The files to read, checked before anything is written. */
import { accessSync, constants, createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { parseS3Key } from '@flowlogs/aws/files'
import type { Origin } from '@flowlogs/core'
import { usageError } from './failure.ts'

/** A file, or standard input. */
export interface Input {
  /** Undefined for standard input. */
  readonly path: string | undefined
  /** Bytes, if known. */
  readonly size: number | undefined
  /** When it was changed, Unix milliseconds, if known. */
  readonly mtimeMs: number | undefined
  readonly origin: Origin
}

/** A file of which all of this is known. */
export type FileInput = Input & {
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
}

/** Whether an input is a regular file. */
export function isFile(input: Input): input is FileInput {
  return input.path !== undefined && input.size !== undefined && input.mtimeMs !== undefined
}

const blockSize = 64 * 1024

/** Finds the inputs, also those in folders, in the order of their names; throws when one cannot be read. */
export function findInputs(files: readonly string[]): readonly Input[] {
  if (files.filter((file) => file === '-').length > 1) {
    throw usageError('standard input (-) can be read only once')
  }
  if (files.length === 0 && isatty(0)) {
    throw usageError('nothing to read: name a FILE, or pipe flow logs in')
  }
  return (files.length === 0 ? ['-'] : files).flatMap(findInput)
}

function findInput(file: string): Input[] {
  if (file === '-') return [{ path: undefined, size: undefined, mtimeMs: undefined, origin: {} }]
  try {
    accessSync(file, constants.R_OK)
    const status = statSync(file)
    if (status.isDirectory()) return findInFolder(file)
    const { size, mtimeMs } = status
    const known = status.isFile() ? { size, mtimeMs } : { size: undefined, mtimeMs: undefined }
    return [{ path: file, ...known, origin: originOf(file) }]
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** The files of a folder and of those in it; hidden ones are left out. */
function findInFolder(folder: string): Input[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => findInput(join(folder, name)))
}

/** Copies of S3 objects tell by their names whose they are. */
function originOf(file: string): Origin {
  const { account, region, time } = parseS3Key(file) ?? {}
  return {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(time !== undefined && { timestamp: time }),
    key: file,
  }
}

/** The bytes of an input as they come, while other work goes on; `onRead` is told their lengths. */
export async function* readInput(
  { path }: Input,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream =
    path === undefined ? process.stdin : createReadStream(path, { highWaterMark: blockSize })
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      onRead(chunk.length)
      yield chunk
    }
  } catch (error) {
    throw unreadable(path ?? 'standard input', error)
  }
}

/** What is wrong with a file, in one line. */
export function unreadable(file: string, error: unknown): Error {
  if (error instanceof Error && error.message.startsWith('cannot read ')) return error
  const { code, message } = error as NodeJS.ErrnoException
  const reason =
    code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : message
  return new Error(`cannot read ${file}: ${reason}`)
}
