import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { S3 } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.test-support.ts'
import { createBucketStore, createDirectoryStore } from './object-store.ts'

const { signal } = new AbortController()
const bytes = Buffer.from('PAR1 \0\xff', 'latin1')
const key = 'ext/flowlogs/region=eu-central-1/accountId=123456789012/eventDay=20250711/a.parquet'

describe('a bucket', () => {
  let receiver: HttpReceiver
  let client: S3
  beforeEach(async () => {
    receiver = await createHttpReceiver({ always: { headers: { etag: '"e"' } } })
    client = new S3({
      endpoint: receiver.url,
      region: 'eu-central-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    })
  })
  afterEach(async () => {
    client.destroy()
    await receiver.close()
  })

  test('gets the object with PutObject and its checksum', async () => {
    await createBucketStore(client, 'lake').put(key, bytes, signal)
    expect(receiver.requests).toHaveLength(1)
    const { method, path, headers, body } = receiver.requests[0]!
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(bytes))
    expect({ method, path: decodeURIComponent(path), body }).toStrictEqual({
      method: 'PUT',
      path: `/lake/${key}?x-id=PutObject`,
      body: bytes,
    })
    expect(headers).toMatchObject({
      'content-type': 'application/vnd.apache.parquet',
      'content-length': String(bytes.length),
      'x-amz-checksum-crc32': checksum.toString('base64'),
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*\/s3\//),
    })
  })

  test('that is busy is asked again by the SDK', async () => {
    receiver.next({ status: 503, body: '<Error><Code>SlowDown</Code></Error>' }, 'reset')
    await createBucketStore(client, 'lake').put(key, bytes, signal)
    expect(receiver.requests.map(({ body }) => body)).toStrictEqual([bytes, bytes, bytes])
  })

  test('that refuses says why', async () => {
    receiver.always({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' })
    await expect(createBucketStore(client, 'lake').put(key, bytes, signal)).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('is not what says 200 to everything', async () => {
    receiver.always({ body: '<html>Welcome</html>' })
    await expect(createBucketStore(client, 'lake').put(key, bytes, signal)).rejects.toThrow(
      'a reply without ETag',
    )
  })

  test('that hangs is left when the signal says so', async () => {
    receiver.always('hang')
    const timeout = AbortSignal.timeout(100)
    await expect(createBucketStore(client, 'lake').put(key, bytes, timeout)).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('a directory', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowlogs-store-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  }

  test('gets the object, and nothing else', async () => {
    const store = createDirectoryStore(join(folder, 'new'))
    await Promise.all([store.put(key, bytes, signal), store.put(`${key}2`, bytes, signal)])
    expect((await files()).sort()).toStrictEqual(
      [key, `${key}2`].map((each) => join(folder, 'new', each)),
    )
    expect(await readFile(join(folder, 'new', key))).toStrictEqual(bytes)
  })

  test('replaces an object of the same key', async () => {
    const store = createDirectoryStore(folder)
    await store.put(key, Buffer.from('older and longer than the new one'), signal)
    await store.put(key, bytes, signal)
    expect(await files()).toStrictEqual([join(folder, key)])
    expect(await readFile(join(folder, key))).toStrictEqual(bytes)
  })

  test('keeps nothing of an object that could not be written', async () => {
    const store = createDirectoryStore(folder)
    await expect(store.put(key, bytes, AbortSignal.abort())).rejects.toThrow('abort')
    await writeFile(join(folder, 'file'), '')
    await expect(store.put('file/object', bytes, signal)).rejects.toThrow('EEXIST')
    expect(await files()).toStrictEqual([join(folder, 'file')])
  })
})
