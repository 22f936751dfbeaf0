/** Forwards flow logs to a Fluent receiver, with an account of every event. */
import {
  addLedger,
  createTransform,
  emptyLedger,
  type FormatInput,
  type OriginSource,
  recordMapping,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { toBatch } from './batch.ts'
import { type Call, createCall } from './call.ts'
import { createConnections } from './connections.ts'
import { deliverBatch } from './delivery.ts'
import { forwardMapping, writesId } from './forward-mapping.ts'
import { createGate } from './gate.ts'
import { type ForwarderOptions, toSettings } from './options.ts'
import { createPacker } from './packet.ts'
import { createTransformRecords, type Records } from './records.ts'
import { expectDelivered, offerDeadLetters, type Report, type Undelivered } from './report.ts'
import { createTagTemplate } from './tag.ts'

/** Sends events over one connection that is made when it is needed. */
export interface Forwarder {
  /** Makes the events: for a shell that takes a `transform` and a `deliver`, together with `deliver`. */
  readonly transform: Transform
  /**
   * Sends lines or records. Resolves when each event is acknowledged or given up; what was given up
   * is in the report.
   */
  send(input: Uint8Array | string | Records, origin?: OriginSource): Promise<Report>
  /** Sends what `transform` made. Rejects, with the report, when an event was not delivered or taken by the dead letter. */
  deliver(batch: TransformResult): Promise<Report>
  /**
   * Takes nothing more, waits for what is under way (20 seconds unless told otherwise), gives up the
   * rest, and returns what nobody has taken.
   */
  close(options?: { readonly timeout?: number }): Promise<readonly Undelivered[]>
}

/** A record takes about so many bytes. */
const recordBytes = 256

/** Builds a forwarder; it connects with the first event. Throws when the options are wrong. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const settings = toSettings(options)
  const tags = createTagTemplate(options.tag)
  const { format = 'v2' } = options
  const mapping = forwardMapping(options.mapping ?? recordMapping, tags)
  const { idField = writesId(mapping) ? false : 'flow_id' } = options
  const transformOf = (lineFormat: FormatInput): Transform =>
    createTransform({ ...options, format: lineFormat, mapping, index: true })
  const transform = transformOf(format)
  const transformRecords = createTransformRecords(format, transformOf)
  const connections = createConnections(settings)
  const tools = {
    settings,
    connections,
    packer: createPacker(settings, idField || undefined),
    slots: createGate(settings.concurrency),
  }
  const queue = createGate(settings.maxQueueBytes)
  const pending = new Map<Call, Promise<Report>>()
  let isClosed = false

  /** Waits for room, makes the events and brings them away. */
  function start(bytes: number, toResults: () => readonly TransformResult[]): Promise<Report> {
    if (isClosed) return Promise.reject(new Error('the forwarder is closed'))
    const call = createCall(settings.deadline)
    const report = run(call, bytes, toResults).finally(() => {
      call.end()
      pending.delete(call)
    })
    pending.set(call, report)
    return report
  }

  async function run(
    call: Call,
    bytes: number,
    toResults: () => readonly TransformResult[],
  ): Promise<Report> {
    // Also what never got in is accounted for; its deliveries are given up at once.
    const hasEntered = await queue.enter(bytes, call.signal).then(
      () => true,
      () => false,
    )
    try {
      const results = toResults()
      const outcomes = await Promise.all(
        results.map((result) => deliverBatch(tools, toBatch(result, tags), call)),
      )
      const ledger = emptyLedger()
      for (const result of results) addLedger(ledger, result.ledger)
      return await offerDeadLetters(options, {
        ledger,
        rejections: results.flatMap(({ rejections }) => rejections),
        delivered: outcomes.reduce((sum, outcome) => sum + outcome.delivered, 0),
        deadLettered: 0,
        undelivered: outcomes.flatMap((outcome) => outcome.undelivered),
      })
    } finally {
      if (hasEntered) queue.leave(bytes)
    }
  }

  return {
    transform,
    send(input, origin) {
      if (typeof input === 'string' || input instanceof Uint8Array) {
        return start(input.length, () => [transform(input, origin)])
      }
      return start(input.length * recordBytes, () => transformRecords(input, origin))
    },
    async deliver(batch) {
      return expectDelivered(await start(batch.output.length, () => [batch]))
    },
    async close({ timeout = 20_000 } = {}) {
      isClosed = true
      const timer = setTimeout(() => {
        for (const call of pending.keys()) call.giveUp('shutdown', 'the forwarder was closed')
      }, timeout)
      const settled = await Promise.allSettled(pending.values())
      clearTimeout(timer)
      connections.close()
      return settled.flatMap((each) => (each.status === 'fulfilled' ? each.value.undelivered : []))
    },
  }
}
