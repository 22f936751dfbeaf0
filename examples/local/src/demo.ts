/** The main job, end to end on one machine: Firehose → HTTP endpoint → OCSF → DuckDB. */
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFirehoseEndpoint } from '@flowlogs/aws'
import {
  addLedger,
  createTransform,
  emptyLedger,
  type FormatInput,
  type Ledger,
} from '@flowlogs/core'
import { createFirehose, type Report, type Traffic } from '@flowlogs/example-firehose'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Database } from './database.ts'
import { type SampleGroup, sampleGroups } from './samples.ts'

/** What went in and where it ended. */
export interface Outcome {
  /** The endpoint's account: every line of every request, duplicates included. */
  readonly ledger: Ledger
  /** The sender's account, over all delivery streams. */
  readonly sent: readonly Report[]
}

/** Told of every step; `total` is unknown while the generator still runs. */
export type Progress = (step: string, lines: number) => void

const accessKey = 'demo-access-key'
const mapping = createOcsfMapping({ version: '1.1.0' })

/** Delivers the sample lines and the generated traffic, and resolves when all of it is stored. */
export async function runDemo(
  database: Database,
  traffic: Traffic,
  onProgress: Progress = () => {},
): Promise<Outcome> {
  const ledger = emptyLedger()
  const app = new Hono()
  const addStream = (path: string, format: FormatInput): void => {
    const handler = createFirehoseEndpoint({
      accessKeys: [accessKey],
      transform: createTransform({ format, mapping }),
      deliver: async (batch) => {
        await database.deliver(batch)
        addLedger(ledger, batch.ledger)
      },
      // A request that comes twice is delivered twice here: the ids are to keep each event once.
      replayCache: false,
      log: () => {},
    })
    app.all(path, (context) => handler(context.req.raw))
  }
  for (const [index, { format }] of sampleGroups.entries()) addStream(`/samples/${index}`, format)
  addStream('/day', traffic.format.join(' '))

  const errorFolder = await mkdtemp(join(tmpdir(), 'flowlogs-demo-errors-'))
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () =>
      resolve(listening),
    )
  })
  const { port } = server.address() as AddressInfo
  const stream = { accessKey, errorFolder, url: `http://127.0.0.1:${port}` }
  try {
    onProgress('the sample lines', 0)
    const sent = await Promise.all(
      sampleGroups.map((group, index) =>
        sendSamples(group, `${stream.url}/samples/${index}`, stream),
      ),
    )
    sent.push(
      await sendDay(traffic, { ...stream, url: `${stream.url}/day` }, (lines) =>
        onProgress('a day of traffic', lines),
      ),
    )
    return { ledger, sent }
  } finally {
    server.close()
    await rm(errorFolder, { recursive: true })
  }
}

interface Stream {
  readonly url: string
  readonly accessKey: string
  readonly errorFolder: string
}

/** As CloudWatch Logs payloads, the other shape in which flow logs reach Firehose. */
async function sendSamples(group: SampleGroup, url: string, stream: Stream): Promise<Report> {
  const firehose = createFirehose({ ...stream, url, source: 'cloudwatch' })
  await firehose.putBatch(group.lines)
  return firehose.close()
}

/** Directly, one record a line; now and then a request comes twice, as it does from real Firehose. */
async function sendDay(
  traffic: Traffic,
  stream: Stream,
  onLines: (lines: number) => void,
): Promise<Report> {
  const firehose = createFirehose({ ...stream, contentEncoding: 'GZIP', duplicateRate: 0.1 })
  let lines = 0
  for (const line of traffic) {
    await firehose.put(line)
    if (++lines % 5000 === 0) onLines(lines)
  }
  const report = await firehose.close()
  onLines(lines)
  return report
}
