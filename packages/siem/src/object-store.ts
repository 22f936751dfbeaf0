/** Where objects are kept: an S3 bucket or a local directory. */
import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory, syncDirectory } from './durable-directory.ts'

/** Keeps objects under keys with slashes. */
export interface ObjectStore {
  /** Resolves when the object is durable; one of the same key is replaced. */
  put(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>
}

/** What is used of `S3` from `@aws-sdk/client-s3`. */
export interface PutObjectClient {
  putObject(
    input: {
      readonly Bucket: string
      readonly Key: string
      readonly Body: Uint8Array
      readonly ContentType: string
      readonly ChecksumAlgorithm: 'CRC32'
    },
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{ readonly ETag?: string | undefined }>
}

/** Builds a store in a bucket. The client stays the caller's. */
export function createBucketStore(client: PutObjectClient, bucket: string): ObjectStore {
  return {
    async put(key, bytes, signal) {
      const { ETag } = await client.putObject(
        {
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: 'application/vnd.apache.parquet',
          ChecksumAlgorithm: 'CRC32',
        },
        { abortSignal: signal },
      )
      // A proxy may say 200, too.
      if (ETag === undefined) throw new Error('a reply without ETag: not from a bucket')
    },
  }
}

/** Builds a store in a directory, in which nobody ever sees a part of an object. */
export function createDirectoryStore(directory: string): ObjectStore {
  return {
    async put(key, bytes, signal) {
      const path = join(directory, key)
      const folder = dirname(path)
      const temporary = join(folder, `.${randomUUID()}.tmp`)
      await makeDirectory(folder)
      try {
        const handle = await open(temporary, 'wx')
        try {
          await handle.writeFile(bytes, { signal })
          await handle.sync()
        } finally {
          await handle.close()
        }
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await syncDirectory(folder)
    },
  }
}
