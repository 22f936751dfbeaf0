import type { TransformResult } from '@flowlogs/core'
import type { Context } from './read-event.ts'

type Members = Context['members']

const newline = 10

/**
 * Adds members to the end of every event of a result, in memory of its own, and its id if that has
 * a name. The members are those of each event, or one list for all. An event that has a member of
 * such a name keeps its own.
 */
export function withMembers(
  result: TransformResult,
  members: readonly Members[],
  idName?: string,
): TransformResult {
  const { events } = result
  const ids = idName === undefined ? [] : (events?.ids ?? [])
  const output = Buffer.from(result.output.buffer, result.output.byteOffset, result.output.length)
  const names = namesOf(members, idName)
  if (names.length === 0 || output.length === 0) {
    return { ...result, output: new Uint8Array(output) }
  }
  const hasRival = names.some((name) => output.includes(`${JSON.stringify(name)}:`))
  const [first = []] = members
  let added = Buffer.from(toText(first))
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let length = 0
  for (let from = 0; from < output.length; ) {
    const end = output.indexOf(newline, from)
    const id = ids[offsets.length]
    if (id !== undefined || hasRival || members.length > 1) {
      const carried = members.length > 1 ? (members[offsets.length] ?? []) : first
      const own: Members =
        id === undefined ? carried : [...carried, [idName as string, JSON.stringify(id)]]
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
    output: concat(parts, length),
    ...(events && { events: { ...events, offsets } }),
  }
}

const closing = Buffer.from('}\n')

/** As Buffer's, in memory that it shares with nobody. */
function concat(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function namesOf(members: readonly Members[], idName: string | undefined): string[] {
  const names = new Set(members.flatMap((each) => each.map(([name]) => name)))
  if (idName !== undefined) names.add(idName)
  return [...names]
}

function toText(members: Members): string {
  return members.map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')
}

/** The members that an event does not have. */
function missing(output: Buffer, from: number, end: number, members: Members): Members {
  const event: object = JSON.parse(output.toString('utf8', from, end))
  return members.filter(([name]) => !Object.hasOwn(event, name))
}
