/** The content of an S3 object, in chunks. */
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import type { S3ObjectReference } from './s3-notification.ts'

/** An object whose reading has begun. */
export interface S3Content {
  /** Bytes. */
  readonly size: number | undefined
  /** To be read once, or cancelled. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Gives the connection up instead. */
  cancel(): Promise<void>
}

type Output = Pick<GetObjectCommandOutput, 'Body' | 'ContentLength' | 'ContentRange' | 'ETag'>

// In a row, without a byte between them; the client itself has tried three times each time.
const maxFailures = 3

/**
 * Begins to read an object. Where the content breaks off, as it does when its reader is slow, it is
 * read on from there, as long as the object is the same. Throws what S3 says is wrong.
 */
export async function openS3Object(
  client: S3Client,
  object: S3ObjectReference,
): Promise<S3Content> {
  const first = await client.send(commandOf(object))
  return {
    size: first.ContentLength,
    chunks: readOn(client, object, first),
    async cancel() {
      // Only an iteration that has begun closes the stream when it ends.
      for await (const _ of bodyOf(first)) break
    },
  }
}

async function* readOn(
  client: S3Client,
  object: S3ObjectReference,
  first: Output,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ContentLength: size = Number.POSITIVE_INFINITY, ETag } = first
  let output = first
  let position = 0
  for (let failures = 0; ; ) {
    const start = position
    try {
      for await (const chunk of bodyOf(output)) {
        position += chunk.length
        yield chunk
      }
      if (position >= size || size === Number.POSITIVE_INFINITY) return
      throw new Error(`the content ends after ${position} of ${size} bytes`)
    } catch (error) {
      failures = position > start ? 1 : failures + 1
      if (position >= size || failures > maxFailures || ETag === undefined) throw error
    }
    output = await client.send(commandOf(object, { IfMatch: ETag, Range: `bytes=${position}-` }))
    if (!output.ContentRange?.startsWith(`bytes ${position}-`)) {
      throw new Error(`S3 did not read on from byte ${position}`)
    }
  }
}

function commandOf(
  { bucket, key, versionId }: S3ObjectReference,
  part: { readonly IfMatch?: string; readonly Range?: string } = {},
): GetObjectCommand {
  return new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ...part })
}

// The SDK's types name every platform's streams; all of them can be iterated.
function bodyOf({ Body }: Output): AsyncIterable<Uint8Array> {
  return (Body ?? emptyBody()) as AsyncIterable<Uint8Array>
}

async function* emptyBody(): AsyncGenerator<Uint8Array, void, undefined> {}
