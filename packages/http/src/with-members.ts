import type { TransformResult } from '@flowlogs/core'
import type { Context } from './read-event.ts'

const newline = 10
const comma = 44
const closeBrace = 125

/**
 * Adds members to the end of every event of a result, in memory of its own. An event that has a
 * member of such a name keeps its own.
 */
export function withMembers(result: TransformResult, members: Context['members']): TransformResult {
  const output = Buffer.from(result.output.buffer, result.output.byteOffset, result.output.length)
  if (members.length === 0 || output.length === 0) {
    return { ...result, output: new Uint8Array(output) }
  }
  const names = members.map(([name]) => `${JSON.stringify(name)}:`)
  const isRival = names.some((name) => output.includes(name))
  const all = Buffer.from(toText(members))
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let length = 0
  for (let from = 0; from < output.length; ) {
    const end = output.indexOf(newline, from)
    const added = isRival ? Buffer.from(toText(missing(output, from, end, members))) : all
    offsets.push(length)
    // Before the brace at the end; no comma after the one at the beginning.
    const isEmpty = end - from === 2
    const inserted = isEmpty && added[0] === comma ? added.subarray(1) : added
    parts.push(output.subarray(from, end - 1), inserted, closing)
    length += end + 1 - from + inserted.length
    from = end + 1
  }
  const { events } = result
  return {
    ...result,
    output: new Uint8Array(Buffer.concat(parts, length)),
    ...(events && { events: { ...events, offsets } }),
  }
}

const closing = Buffer.from([closeBrace, newline])

function toText(members: Context['members']): string {
  return members.map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')
}

/** The members that an event does not have. */
function missing(
  output: Buffer,
  from: number,
  end: number,
  members: Context['members'],
): Context['members'] {
  const event: object = JSON.parse(output.toString('utf8', from, end))
  return members.filter(([name]) => !Object.hasOwn(event, name))
}
