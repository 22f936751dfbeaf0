/** The body of a request as it was received: bounded, hashed, and read to its end in any case. */
import { createBodyDigest } from './body-digest.ts'
import { gunzipStream, isGzip, isGzipError } from './gunzip.ts'
import { peek } from './peek.ts'
import { type Refusal, refusal } from './refusal.ts'

/** Reads one body once. */
export interface BodyReader {
  /** Bytes so far, as they were received. */
  readonly bytes: number
  /** The bytes as they were received. Throws refusals. */
  chunks(): AsyncIterable<Uint8Array>
  /** The digest of the whole body, if it was read whole. */
  digest(): string | undefined
  /**
   * Reads on and drops what comes, since a host that answers before the end of a request may cut the
   * connection before the answer is read.
   */
  drain(): Promise<void>
}

/** What a body may take. */
export interface BodyReaderOptions {
  readonly maxBodyBytes: number
  readonly hasDigest: boolean
  /** Asked with the bytes so far; false when there is no room for them. */
  readonly admit: (bytes: number) => boolean
}

const mebibyte = 1024 * 1024
// A client that goes on after that is cut off.
const maxDrainedBytes = 256 * mebibyte

/** Builds the reader of a body. */
export function createBodyReader(
  body: ReadableStream<Uint8Array> | null,
  { maxBodyBytes, hasDigest, admit }: BodyReaderOptions,
): BodyReader {
  const hash = hasDigest ? createBodyDigest() : undefined
  let digest: string | undefined
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let bytes = 0

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { value: chunk } = (await reader?.read().catch(endedEarly)) ?? {}
    if (chunk === undefined) {
      digest = hash?.finish()
      return { done: true, value: undefined }
    }
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes)
    if (!admit(bytes)) throw busy()
    hash?.update(chunk)
    return { done: false, value: chunk }
  }

  return {
    get bytes() {
      return bytes
    },
    chunks() {
      reader ??= body?.getReader()
      return { [Symbol.asyncIterator]: () => ({ next }) }
    },
    digest: () => digest,
    async drain() {
      try {
        reader ??= body?.getReader()
        for (let drained = 0; drained <= maxDrainedBytes; ) {
          const { value: chunk } = (await reader?.read()) ?? {}
          if (chunk === undefined) return
          drained += chunk.length
          bytes += chunk.length
        }
        await reader?.cancel()
      } catch {
        // Whoever sends it has gone.
      }
    },
  }
}

function endedEarly(): never {
  throw refusal(400, 'the body ended early')
}

/** A body, inflated if it is gzip data; what a proxy did to the headers does not matter. */
export async function inflateBody(
  chunks: AsyncIterable<Uint8Array>,
  maxBodyBytes: number,
): Promise<AsyncIterable<Uint8Array>> {
  const { head, chunks: body } = await peek(chunks, 2)
  return isGzip(head) ? inflate(body, maxBodyBytes) : body
}

async function* inflate(
  chunks: AsyncIterable<Uint8Array>,
  maxBodyBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let inflated = 0
  try {
    for await (const chunk of gunzipStream(chunks)) {
      inflated += chunk.length
      if (inflated > maxBodyBytes) throw tooLarge(maxBodyBytes)
      yield chunk
    }
  } catch (error) {
    throw isGzipError(error) ? refusal(400, 'the body is not whole gzip data') : error
  }
}

/** A body may not be so large. 413 would make Firehose drop the data for good. */
export function tooLarge(maxBodyBytes: number): Refusal {
  return refusal(400, `the body is larger than ${maxBodyBytes} bytes`)
}

/** There is no room for a request right now. */
export function busy(): Refusal {
  return refusal(503, 'too many requests are under way')
}
