/** Flow logs of every kind into a database. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { transformStream } from '@flowlogs/aws'
import { addLedger, createTransform, emptyLedger, type Ledger } from '@flowlogs/core'
import type { FlowDatabase } from '@flowlogs/query/duckdb'
import { findInputs, type Input, readInput } from './inputs.ts'
import { createProgress } from './progress.ts'

type Duckdb = typeof import('@flowlogs/query/duckdb')

/** Loads files, and gives the account of their lines; OCSF events are not counted. */
export async function loadFlows(
  { createFlowDatabase, loadMapping }: Duckdb,
  files: readonly string[],
  format: string | undefined,
): Promise<{ readonly database: FlowDatabase; readonly ledger: Ledger }> {
  const inputs = findInputs(files)
  const transform = createTransform({
    ...(format !== undefined && { format }),
    mapping: loadMapping,
  })
  const database = await createFlowDatabase()
  const progress = createProgress(inputs, undefined)
  const ledger = emptyLedger()
  try {
    for (const input of inputs) {
      const content = await contentOf(database, input)
      if (content === 'ocsf-parquet') await database.loadOcsfParquet(input.path as string)
      else if (content === 'ocsf') {
        for await (const chunk of inflated(input)) {
          progress.read(chunk.length)
          await database.writeOcsf(chunk)
        }
      } else {
        const chunks = readInput(input, progress.read)
        for await (const result of transformStream(transform, chunks, input.origin)) {
          addLedger(ledger, result.ledger)
          await database.write(result.output)
          progress.show(ledger.lines)
        }
      }
    }
    await database.flush()
    return { database, ledger }
  } catch (error) {
    await database.close()
    throw error
  } finally {
    progress.clear()
  }
}

const headBytes = 64 * 1024

/** OCSF events are told by their class, in files; standard input is records. */
async function contentOf(
  database: FlowDatabase,
  { path, size }: Input,
): Promise<'records' | 'ocsf' | 'ocsf-parquet'> {
  if (path === undefined || size === undefined) return 'records'
  const head = readHead(path)
  if (head.subarray(0, 4).toString() === 'PAR1') {
    return (await database.isOcsfParquet(path)) ? 'ocsf-parquet' : 'records'
  }
  const [first = ''] = head.toString().split('\n')
  return /^\s*\{.*"class_uid":\s*4001\b/.test(first) ? 'ocsf' : 'records'
}

function readHead(path: string): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(headBytes)
    const head = buffer.subarray(0, readSync(descriptor, buffer, 0, headBytes, 0))
    if (!isGzip(head)) return head
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    // What cannot be inflated is for the reader of records to say.
    return Buffer.alloc(0)
  } finally {
    closeSync(descriptor)
  }
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

function inflated({ path }: Input): AsyncIterable<Uint8Array> {
  const file = createReadStream(path as string)
  const head = Buffer.alloc(2)
  const descriptor = openSync(path as string, 'r')
  readSync(descriptor, head, 0, 2, 0)
  closeSync(descriptor)
  if (!isGzip(head)) return file
  const gunzip = createGunzip()
  file.on('error', (error) => gunzip.destroy(error))
  return Readable.from(file.pipe(gunzip))
}
