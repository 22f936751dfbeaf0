/** Gzip by its magic bytes, whatever the metadata says: bounded at once, or streaming. */
import { createGunzip, type Gunzip, gunzipSync } from 'node:zlib'

/** Whether bytes begin as gzip data does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Inflates gzip data, all members of it, or says why that cannot be done. */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array | 'bad_gzip' | 'too_large' {
  if (limit < 1) return 'too_large'
  try {
    return gunzipSync(bytes, { maxOutputLength: limit, chunkSize: lengthOf(bytes) })
  } catch (error) {
    return codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'bad_gzip'
  }
}

/**
 * What the data says that it inflates to, so that there is one piece of it and nothing to be joined.
 * It may be wrong, which makes it slower; deflate inflates at most 1032 times.
 */
function lengthOf(bytes: Uint8Array): number {
  // One byte more than that, or zlib asks for another piece.
  return Math.min(Math.max(saidLength(bytes), 1024) + 1, bytes.length * 1032, largestPiece)
}

/** The last four bytes of gzip data, which say what its last member inflates to, modulo 4 GiB. */
export function saidLength(bytes: Uint8Array): number {
  const { length } = bytes
  const [a = 0, b = 0, c = 0] = [bytes[length - 4], bytes[length - 3], bytes[length - 2]]
  return a + b * 0x100 + c * 0x1_0000 + (bytes[length - 1] ?? 0) * 0x100_0000
}

const largestPiece = 16 * 1024 * 1024

/**
 * Frees the memory of a buffer that Node made, such as `gunzip` gives, of which nobody may hold any
 * part: what is left to the garbage collector makes it run that much more often.
 */
export function freeMemory(bytes: Uint8Array): void {
  const { buffer } = bytes
  // Small data can lie in memory that others have a part of, which is at most half of it.
  const isAlone = bytes.length * 2 > buffer.byteLength
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Whether an error says that gzip data is broken or incomplete. */
export function isGzipError(error: unknown): error is Error {
  return codeOf(error)?.startsWith('Z_') ?? false
}

// Deflate inflates at most 1032 times, so what one piece becomes always fits in memory.
const pieceSize = 64 * 1024
// What is not larger is inflated at once: to change threads for each piece takes half as long again.
const maxWhole = 2 * 1024 * 1024
const maxWholeInflated = 8 * maxWhole

/** Passes chunks through, inflated if the first two bytes are gzip's. */
export async function* gunzipStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined
  let isInflated: boolean | undefined
  /** The beginning, until it is clear whether it is all. */
  const held: Uint8Array[] = []
  let heldBytes = 0
  let inflater: Inflater | undefined
  try {
    for await (const chunk of chunks) {
      const bytes = head ? Buffer.concat([head, chunk]) : chunk
      head = undefined
      if (isInflated === undefined && bytes.length < 2) {
        head = new Uint8Array(bytes)
        continue
      }
      isInflated ??= isGzip(bytes)
      heldBytes += bytes.length
      if (!isInflated) yield bytes
      else if (heldBytes <= maxWhole) held.push(new Uint8Array(bytes))
      else {
        inflater ??= createInflater()
        for (const piece of held.splice(0)) yield* inflate(inflater, piece)
        yield* inflate(inflater, bytes)
      }
    }
    if (head) yield head
    if (held.length > 0) {
      const whole = gunzip(Buffer.concat(held), maxWholeInflated)
      if (typeof whole !== 'string') {
        yield whole
        return
      }
      // Too much for one piece; or broken, and what comes before the break is wanted.
      inflater = createInflater()
      for (const piece of held) yield* inflate(inflater, piece)
    }
    if (inflater) yield* outcome(inflater, (gunzip, done) => gunzip.once('end', done).end())
  } finally {
    inflater?.gunzip.destroy()
  }
}

interface Inflater {
  readonly gunzip: Gunzip
  readonly produced: Uint8Array[]
}

function createInflater(): Inflater {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  const produced: Uint8Array[] = []
  gunzip.on('data', (chunk: Uint8Array) => produced.push(chunk))
  return { gunzip, produced }
}

async function* inflate(
  inflater: Inflater,
  bytes: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const piece = bytes.subarray(at, at + pieceSize)
    yield* outcome(inflater, (gunzip, done) => gunzip.write(piece, done))
  }
}

/** What one step inflates to; when it fails, first what could still be inflated. */
async function* outcome(
  { gunzip, produced }: Inflater,
  step: (gunzip: Gunzip, done: () => void) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let failure: unknown
  try {
    await new Promise<void>((resolve, reject) => {
      gunzip.once('error', reject)
      step(gunzip, () => {
        gunzip.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    failure = error
  }
  yield* produced.splice(0)
  if (failure !== undefined) throw failure
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
