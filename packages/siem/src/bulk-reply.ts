/** What a reply to a `_bulk` request says about its events. */
import type { Refusal } from './create-sink.ts'
import { deliveryError } from './delivery-error.ts'
import { type HttpAnswer, type HttpReply, toAgain } from './exchange.ts'
import { type Again, isRetryable } from './retry.ts'

/** What became of the events of a request, by their indexes in the batch. */
export interface BulkOutcome {
  readonly accepted: number
  /** Those that were there already. */
  readonly duplicates: number
  readonly refused: readonly Refusal[]
  /** Those that have to be sent again. */
  readonly undecided: readonly number[]
  /** Why, if there are any. */
  readonly why?: Again
}

/** The fields that are read; without the others, an item takes a third of the bytes. */
export const replyFields: readonly string[] = [
  'items.*._id',
  'items.*.status',
  'items.*.error.type',
  'items.*.error.reason',
]

/**
 * Reads a reply to `create` actions for these events; `ids` are theirs, if they were sent. Throws an
 * `unauthorized` error when the sender is not let in. `too large` asks for smaller requests.
 */
export function toBulkOutcome(
  reply: HttpReply,
  indexes: readonly number[],
  ids?: readonly string[],
): BulkOutcome | 'too large' {
  const again = toAgain(reply)
  if (again) return undecided(indexes, again)
  const answer = reply as HttpAnswer
  const { status } = answer
  if (status === 401 || status === 403) {
    throw deliveryError('unauthorized', `the server answered with status ${status}`)
  }
  if (status === 413 && indexes.length > 1) return 'too large'
  if (status !== 200) return refuseAll(answer, indexes)
  const items = parseItems(answer.body, indexes, ids)
  if (items) return sortOut(items, indexes)
  const message = 'a reply that does not fit the request'
  if (ids) return undecided(indexes, { again: message })
  throw deliveryError('refused', `${message}, and events without ids cannot be sent again safely`)
}

interface Item {
  readonly _id?: unknown
  readonly status: number
  readonly error?: { readonly type?: unknown; readonly reason?: unknown }
}

/** The items, if there is one with a status for each event, in their order. */
function parseItems(
  body: string,
  indexes: readonly number[],
  ids: readonly string[] | undefined,
): Item[] | undefined {
  const items: { create?: Item }[] | undefined = parseJson(body)?.items
  if (!Array.isArray(items) || items.length !== indexes.length) return undefined
  const creates: Item[] = []
  for (const [position, item] of items.entries()) {
    const create = item?.create
    if (!create || !Number.isInteger(create.status)) return undefined
    if (ids && create._id !== ids[indexes[position]!]) return undefined
    creates.push(create)
  }
  return creates
}

function sortOut(items: readonly Item[], indexes: readonly number[]): BulkOutcome {
  let accepted = 0
  let duplicates = 0
  const refused: Refusal[] = []
  const rest: number[] = []
  let why: Again | undefined
  for (const [position, { status, error }] of items.entries()) {
    const index = indexes[position]!
    if (status >= 200 && status < 300) accepted += 1
    else if (status === 409) duplicates += 1
    else if (isRetryable(status)) {
      rest.push(index)
      why ??= { again: `an event with ${reasonOf(error, status)}` }
    } else {
      const message = String(error?.reason ?? '')
      refused.push({ index, reason: reasonOf(error, status), message, status })
    }
  }
  return { accepted, duplicates, refused, undecided: rest, ...(why && { why }) }
}

function reasonOf(error: Item['error'], status: number): string {
  return typeof error?.type === 'string' ? error.type : `status ${status}`
}

function undecided(indexes: readonly number[], why: Again): BulkOutcome {
  return { accepted: 0, duplicates: 0, refused: [], undecided: indexes, why }
}

/** What is wrong is wrong with the request: sending it again would not help. */
function refuseAll({ status, body }: HttpAnswer, indexes: readonly number[]): BulkOutcome {
  const error = parseJson(body)?.error
  const reason = reasonOf(error, status)
  const message = String(error?.reason ?? `the server answered with status ${status}`)
  const refused = indexes.map((index) => ({ index, reason, message, status }))
  return { accepted: 0, duplicates: 0, refused, undecided: [] }
}

// biome-ignore lint/suspicious/noExplicitAny: that is for its readers to find out
function parseJson(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
