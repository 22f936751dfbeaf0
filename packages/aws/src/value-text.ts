/** One value of a structured record → the text that stands for it in a line. */
import type { Field, FieldName } from '@flowlogs/core'
import { toJsonText } from './exact-json.ts'

/** The text of a value, `-` when it is absent, or undefined when no line can carry it. */
export type ToText = (value: unknown) => string | undefined

/** Where AWS writes values percent-encoded, so that a line can carry spaces. */
const encodedFields: ReadonlySet<string> = new Set<FieldName>([
  'instance-tag',
  'instance-tag-2',
  'interface-tag',
  'interface-tag-2',
  'asg-tag',
  'asg-tag-2',
])

/** Where zeros in front are part of the value, which a number has lost. */
const accountFields: ReadonlySet<string> = new Set<FieldName>([
  'account-id',
  'tgw-src-vpc-account-id',
  'tgw-dst-vpc-account-id',
])
const accountDigits = 12

/** How the values of a field are written; any value goes in a field that AWS has not published. */
export function createToText(field: Field | undefined): ToText {
  const write = stringWriter(field)
  const digits = accountFields.has(field?.name ?? '') ? accountDigits : 0
  const isText = field === undefined || field.kind === 'text'
  return (value) => {
    switch (typeof value) {
      case 'string':
        return isAbsent(value) ? '-' : write(value)
      case 'number':
        if (Number.isSafeInteger(value)) return value < 0 ? String(value) : padded(value, digits)
        return isText && Number.isFinite(value) ? String(value) : undefined
      case 'bigint':
        return value < 0n ? String(value) : padded(value, digits)
      case 'boolean':
        return isText ? String(value) : undefined
      default:
        if (value === null || value === undefined) return '-'
        return field === undefined ? compactJson(value) : undefined
    }
  }
}

function padded(value: number | bigint, digits: number): string {
  return String(value).padStart(digits, '0')
}

/** Whether a text means that there is no value; `None` is how Python prints it. */
function isAbsent(text: string): boolean {
  return text === '' || text === '-' || text === 'None'
}

function stringWriter(field: Field | undefined): (text: string) => string | undefined {
  if (field === undefined || field.kind === 'address') return inLine
  if (field.kind === 'text') return encodedFields.has(field.name) ? encoded : inLine
  if (field.kind === 'seconds') return (text) => inLine(secondsOf(text) ?? withoutFraction(text))
  return (text) => inLine(withoutFraction(text))
}

/** What would end a value or a line, and half of a character, which UTF-8 cannot carry. */
const unusable = /[\t\n\r ]|\p{Surrogate}/u

function inLine(text: string): string | undefined {
  return unusable.test(text) ? undefined : text
}

/** Text that AWS cannot have written is encoded as AWS would; the rest may be encoded already. */
function encoded(text: string): string | undefined {
  if (!/[^!-~]/.test(text)) return text
  return /\p{Surrogate}/u.test(text) ? undefined : encodeURIComponent(text)
}

/** `25238.0` is how tools print an integer in a column that has absent values. */
function withoutFraction(text: string): string {
  return /^(\d+)\.0+$/.exec(text)?.[1] ?? text
}

function compactJson(value: object): string | undefined {
  const text = toJsonText(value)
  return text === undefined ? undefined : inLine(text)
}

const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.0+)?(?: ?(?:Z|UTC)|([+-])(\d\d):?(\d\d))$/

/** Unix seconds of an ISO time with a zone that falls on a whole second. */
function secondsOf(text: string): string | undefined {
  const parts = isoTime.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, sign, hours = '0', minutes = '0'] = parts
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = Date.parse(local)
  // An hour, day or month that does not exist would become another one.
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined
  const offset = (Number(hours) * 60 + Number(minutes)) * 60
  return String(time / 1000 - (sign === '-' ? -offset : offset))
}
