/**
 * A Lambda function that a CloudWatch Logs subscription invokes, as
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html has it.
 */
import {
  emptyLedger,
  type Ledger,
  type Origin,
  type Rejection,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import type { CloudWatchLogsEvent } from 'aws-lambda'
import { createCollector } from './collector.ts'
import { decodeBase64 } from './decode-base64.ts'
import type { Deliver } from './deliver.ts'
import { transformDelivery } from './delivery.ts'
import { describeError } from './describe-error.ts'
import { toJsonText } from './exact-json.ts'
import { isObject } from './open-envelope.ts'
import { positiveInteger } from './positive-integer.ts'
import { createTelemetry, type Invocation, type TelemetryOptions } from './telemetry.ts'
import { unwrapInto } from './unwrap.ts'

/** How the function transforms and stores. */
export interface CloudWatchLogsHandlerOptions extends TelemetryOptions {
  readonly transform: Transform
  /** Called once per event, also when its lines gave no output. */
  readonly deliver: Deliver
  /** What every line inherits, such as the region, which the event does not tell. */
  readonly origin?: Origin
  /** Bytes that an event may inflate to; beyond, it is rejected as `too_large`. Default 64 MiB. */
  readonly maxInflatedBytes?: number
}

/**
 * Builds the function; it resolves to the ledger of the event. It rejects when `deliver` does, so
 * that Lambda tries again twice and then sends the event to the on-failure destination. What cannot
 * be opened is among the batch's rejections.
 */
export function createCloudWatchLogsHandler(
  options: CloudWatchLogsHandlerOptions,
): (event: CloudWatchLogsEvent) => Promise<Ledger> {
  const { transform, deliver, origin = {} } = options
  const maxInflatedBytes = positiveInteger(
    'maxInflatedBytes',
    options.maxInflatedBytes ?? 64 * 1024 * 1024,
  )
  const tell = createTelemetry(options)

  return async (event) => {
    const started = performance.now()
    const data = dataOf(event)

    function account(outcome: 'ok' | 'failed', stored?: TransformResult): Invocation {
      return {
        handler: 'cloudwatch-logs',
        outcome,
        ledger: stored?.ledger ?? emptyLedger(),
        bytesIn: data instanceof Uint8Array ? data.length : 0,
        bytesOut: stored?.output.length ?? 0,
        milliseconds: performance.now() - started,
      }
    }

    try {
      const collector = createCollector()
      if (data instanceof Uint8Array) unwrapInto(collector, data, origin, maxInflatedBytes)
      else collector.reject({ origin, isRecord: true, lines: 0 }, data)
      const batch = transformDelivery(transform, collector.take())
      collector.release()
      await deliver(batch)
      tell(account('ok', batch))
      return batch.ledger
    } catch (error) {
      tell({ ...account('failed'), error: describeError(error) })
      throw error
    }
  }
}

/** The payload of an event as it was compressed, or why there is none. */
function dataOf(event: unknown): Uint8Array | Rejection {
  const { awslogs } = isObject(event) ? event : {}
  const { data } = isObject(awslogs) ? awslogs : {}
  if (typeof data !== 'string') return { code: 'unknown_shape', line: toJsonText(event) ?? '' }
  return decodeBase64(data) ?? { code: 'bad_base64', line: data }
}
