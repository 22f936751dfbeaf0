/** A JSON value that keeps every digit. */
export type ExactJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson }

type Reviver = (key: string, value: ExactJson, context: { readonly source?: string }) => ExactJson

// TypeScript does not know the third argument of a reviver yet.
const parse = JSON.parse as (text: string, reviver: Reviver) => ExactJson

/** Parses JSON; integers above 2^53−1 become bigint instead of losing digits. */
export function parseExactly(text: string): ExactJson {
  return parse(text, (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source ?? '')
      : value,
  )
}
