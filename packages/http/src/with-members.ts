import type { TransformResult } from '@flowlogs/core'
import type { Context } from './read-event.ts'

type Members = Context['members']

const newline = 10

/**
 * Adds members to the end of every event of a result, in memory of its own, and its id if that has
 * a name. An event that has a member of such a name keeps its own.
 */
export function withMembers(
  result: TransformResult,
  members: Members,
  idName?: string,
): TransformResult {
  const { events } = result
  const ids = idName === undefined ? [] : (events?.ids ?? [])
  const output = Buffer.from(result.output.buffer, result.output.byteOffset, result.output.length)
  if ((members.length === 0 && ids.length === 0) || output.length === 0) {
    return { ...result, output: new Uint8Array(output) }
  }
  const names = [...members.map(([name]) => name), ...(idName === undefined ? [] : [idName])]
  const hasRival = names.some((name) => output.includes(`${JSON.stringify(name)}:`))
  const shared = Buffer.from(toText(members))
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let length = 0
  for (let from = 0; from < output.length; ) {
    const end = output.indexOf(newline, from)
    const id = ids[offsets.length]
    let added = shared
    if (id !== undefined || hasRival) {
      const own: Members =
        id === undefined ? members : [...members, [idName as string, JSON.stringify(id)]]
      added = Buffer.from(toText(hasRival ? missing(output, from, end, own) : own))
    }
    // No comma after the brace at the beginning.
    const inserted = end - from === 2 ? added.subarray(1) : added
    parts.push(output.subarray(from, end - 1), inserted, closing)
    offsets.push(length)
    length += end + 1 - from + inserted.length
    from = end + 1
  }
  return {
    ...result,
    output: new Uint8Array(Buffer.concat(parts, length)),
    ...(events && { events: { ...events, offsets } }),
  }
}

const closing = Buffer.from('}\n')

function toText(members: Members): string {
  return members.map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')
}

/** The members that an event does not have. */
function missing(output: Buffer, from: number, end: number, members: Members): Members {
  const event: object = JSON.parse(output.toString('utf8', from, end))
  return members.filter(([name]) => !Object.hasOwn(event, name))
}
