/** JSON that keeps every digit of an integer. */

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

// TypeScript does not know the third argument of a reviver, nor `rawJSON`, yet.
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** A bare number that may be above 2^53; digits within quotes, such as event ids, do not count. */
const longInteger = /[[,:]\s*-?\d{16}/

/** Parses JSON; integers beyond 2^53−1 become bigint. Throws a SyntaxError, as `JSON.parse` does. */
export function parseJson(text: string): unknown {
  return longInteger.test(text) ? parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_: string, value: unknown, { source = '' }: { readonly source?: string }) {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  // Beyond 40 digits it is no number that a flow log could hold, and costly to read.
  return /^-?\d{1,40}$/.test(source) ? BigInt(source) : value
}

/** A JSON value as text, bigint as digits; undefined when it is nested too deep to be written. */
export function toJsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, writeDigits)
  } catch {
    return undefined
  }
}

function writeDigits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}
