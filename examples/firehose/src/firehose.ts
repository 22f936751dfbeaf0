import { createCloudWatchLogs, type Payload } from './cloudwatch.ts'
import { writeErrorFile } from './error-folder.ts'
import { checkOptions, type FirehoseOptions, maximumBodySize } from './options.ts'
import { createRandom } from './random.ts'
import { type FirehoseRecord, maximumRecordSize, wrapLine } from './record.ts'
import { type Counts, emptyReport, isBalanced, type Report } from './report.ts'
import { createRequest, sendRequest } from './request.ts'
import { retry } from './retry.ts'
import { createSignal } from './signal.ts'

/** A stand-in for Amazon Data Firehose with an HTTP endpoint as its destination. */
export interface Firehose {
  /**
   * Takes a flow log line, or the bytes of a whole record; rejects what Firehose would refuse.
   * Waiting for the promise keeps memory bounded: it resolves when there is room for more.
   */
  put(data: string | Uint8Array): Promise<void>
  putBatch(batch: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): Promise<void>
  /** Sends what is buffered, and resolves when everything so far is delivered or given up. */
  flush(): Promise<void>
  /** Flushes, and returns the final account. */
  close(): Promise<Report>
  /** The account so far. */
  report(): Report
}

const maximumRecords = 10_000
// `{"data":""},` around each record and the envelope around them all.
const recordOverhead = 12
const bodyOverhead = 200

export function createFirehose(options: FirehoseOptions): Firehose {
  const settings = checkOptions(options)
  const { clock, seed } = settings
  const random = createRandom(`${seed}/firehose`)
  const cloudWatchLogs = createCloudWatchLogs(settings.cloudwatch, seed, clock)
  const report = emptyReport()

  let buffer: FirehoseRecord[] = []
  let bufferedBytes = 0
  let bodySize = bodyOverhead
  let bufferedSince: number | undefined
  let timer: NodeJS.Timeout | undefined
  let sequence = 0

  const waiting: FirehoseRecord[][] = []
  let underWay = 0
  const room = createSignal()
  const quiet = createSignal()
  let fault: unknown
  let closed = false

  function addLine(line: string): void {
    if (settings.source === 'direct') {
      addRecord(wrapLine(line, settings.newline), 1)
      report.lines.in++
      return
    }
    const payloads = cloudWatchLogs.add(line)
    report.lines.in++
    addPayloads(payloads)
    startTimer()
  }

  function addPayloads(payloads: readonly Payload[]): void {
    for (const { data, lines } of payloads) addRecord(data, lines)
  }

  function addRecord(bytes: Uint8Array, lines: number): void {
    if (bytes.byteLength > maximumRecordSize) {
      const size = bytes.byteLength
      throw new RangeError(`put: a record holds at most ${maximumRecordSize} bytes: ${size}`)
    }
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    const encodedSize = data.length + recordOverhead
    const overflows =
      bufferedBytes + bytes.byteLength > settings.bufferBytes ||
      bodySize + encodedSize > maximumBodySize
    if (overflows) seal()
    const arrivalTimestamp = clock.now()
    buffer.push({ data, size: bytes.byteLength, lines, arrivalTimestamp, sequence: sequence++ })
    bufferedBytes += bytes.byteLength
    bodySize += encodedSize
    report.records.in++
    startTimer()
    if (bufferedBytes >= settings.bufferBytes || buffer.length >= maximumRecords) seal()
  }

  function startTimer(): void {
    if (bufferedSince !== undefined) return
    bufferedSince = clock.now()
    timer = setTimeout(sealAll, settings.bufferSeconds * 1_000)
  }

  function sealAll(): void {
    addPayloads(cloudWatchLogs.drain())
    seal()
    clearTimeout(timer)
    bufferedSince = undefined
  }

  function seal(): void {
    if (buffer.length === 0) return
    waiting.push(buffer)
    buffer = []
    bufferedBytes = 0
    bodySize = bodyOverhead
    if (settings.source === 'direct') {
      clearTimeout(timer)
      bufferedSince = undefined
    }
    startNext()
  }

  function startNext(): void {
    while (underWay < settings.concurrency && waiting.length > 0) {
      underWay++
      deliver(waiting.shift()!)
        .catch((error) => {
          fault ??= error
        })
        .finally(() => {
          underWay--
          startNext()
          if (underWay === 0 && waiting.length === 0) quiet.fire()
        })
    }
    if (waiting.length === 0) room.fire()
  }

  async function deliver(records: readonly FirehoseRecord[]): Promise<void> {
    const request = createRequest(createGuid(random.hex(32)), clock.now(), records, settings)
    const lines = records.reduce((sum, record) => sum + record.lines, 0)
    const count = (column: keyof Counts) => {
      report.records[column] += records.length
      report.lines[column] += lines
    }
    const send = () => {
      report.requests++
      report.bytes += request.body.byteLength
      return sendRequest(request, settings.url, settings.requestTimeout, settings.fetch)
    }

    const outcome = await retry(
      async (attempt) => {
        if (attempt > 1) count('retried')
        const failure = await send()
        const { requestId } = request
        if (failure) settings.onFailure({ ...failure, requestId, attempt, records: records.length })
        return failure
      },
      settings,
      random,
      clock,
    )

    if (outcome.result === 'errored') {
      const defeat = { ...outcome, attemptEndingTimestamp: clock.now() }
      const { errorFolder, streamName } = settings
      await writeErrorFile(errorFolder, streamName, request.requestId, records, defeat)
    }
    count(outcome.result)
    if (outcome.result === 'delivered' && random.chance(settings.duplicateRate)) {
      count('duplicated')
      // The data is delivered already, so the second answer changes nothing.
      await send()
    }
  }

  async function put(data: string | Uint8Array): Promise<void> {
    if (closed) throw new Error('put: this Firehose is closed')
    if (fault) throw fault
    if (bufferedSince !== undefined) {
      if (clock.now() - bufferedSince >= settings.bufferSeconds * 1_000) sealAll()
    }
    if (typeof data === 'string') addLine(data)
    else addRecord(data, 0)
    if (waiting.length > 0) await room.wait()
    if (fault) throw fault
  }

  async function flush(): Promise<void> {
    sealAll()
    if (underWay > 0 || waiting.length > 0) await quiet.wait()
    if (fault) throw fault
  }

  return {
    put,
    flush,
    report: () => structuredClone(report),
    async putBatch(batch) {
      for await (const data of batch) await put(data)
    },
    async close() {
      closed = true
      await flush()
      if (!isBalanced(report)) throw new Error(`unbalanced: ${JSON.stringify(report)}`)
      return structuredClone(report)
    },
  }
}

function createGuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
