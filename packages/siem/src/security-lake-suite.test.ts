import { readdir, readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import { describe } from 'vitest'
import { createBatch } from './batch.test-support.ts'
import { batchOf, type LakeEvent, smallEvent } from './lake-events.test-support.ts'
import { createBucketStore, createDirectoryStore, type ObjectStore } from './object-store.ts'
import { readWithHyparquet } from './read-parquet.test-support.ts'
import { createSecurityLakeSink } from './security-lake-sink.ts'
import type { Sink } from './sink.ts'
import { describeFaults } from './sink-faults.test-support.ts'
import {
  type SinkReceiver,
  type SinkSettings,
  type SinkSubject,
  useStage,
} from './sink-stage.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'

const lake: Pick<SinkSubject, 'createBatch' | 'keysOf' | 'keepsOrder'> = {
  createBatch(count, bad = []) {
    const { events } = createBatch(count)
    const { rejections } = createBatch(0, bad)
    const documents = events.times.map((time, seed) =>
      smallEvent(seed, time ?? 0, events.accounts[seed]),
    )
    return { ...batchOf(documents), rejections }
  },
  keysOf: ({ events }) => events.ids,
  keepsOrder: false,
}

describeSink('Security Lake in a directory', {
  ...lake,
  create: (settings) => createLake(settings, createDirectoryStore(settings.folder), 5),
  readStored: async (folder) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    const files = entries.filter((entry) => entry.isFile())
    return Promise.all(files.map(({ parentPath, name }) => idsIn(join(parentPath, name))))
  },
})

/** A stand-in for S3 and the real client, which leaves retries to the sink. */
const bucket: SinkSubject = {
  ...lake,
  create({ url, exchange, ...settings }) {
    const client = new S3({
      endpoint: url,
      region: 'eu-central-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: {
        requestTimeout: exchange.timeouts?.headers,
        throwOnRequestTimeout: true,
        httpsAgent: new Agent({ ca: exchange.tls?.ca }),
      },
    })
    const store = createBucketStore(client, 'lake')
    const sink = createLake({ url, exchange, ...settings }, store, 0)
    return { ...sink, close: (patience) => sink.close(patience).finally(() => client.destroy()) }
  },
  createReceiver(): SinkReceiver {
    const objects = new Map<string, string[]>()
    return {
      async answer({ method, path, body }) {
        if (method !== 'PUT') return { status: 405 }
        objects.set(path, await idsOf(body))
        return { headers: { etag: '"0"' } }
      },
      stored: () => [...objects.values()],
    }
  },
}

describe('Security Lake in a bucket', () => {
  describeFaults(bucket, useStage(bucket))
})

function createLake(settings: SinkSettings, store: ObjectStore, flushInterval: number): Sink {
  const { folder: _, url: __, exchange: ___, ...options } = settings
  const place = { source: 'flowlogs', region: 'eu-central-1' }
  return createSecurityLakeSink({ ...options, ...place, store, flushInterval })
}

async function idsIn(path: string): Promise<string[]> {
  return idsOf(await readFile(path))
}

async function idsOf(bytes: Uint8Array): Promise<string[]> {
  const rows = (await readWithHyparquet(bytes)) as unknown as LakeEvent[]
  return rows.map(({ metadata }) => metadata.uid)
}
