import type { EventValue } from './evaluate.ts'

/** JSON text of a value; a bigint prints all its digits. */
export function toJson(value: EventValue): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${toJson(member)}`,
  )
  return `{${members.join(',')}}`
}
