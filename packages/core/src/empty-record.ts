import type { FieldValue } from './fields.ts'

/**
 * A record without values, to copy. From JSON.parse, which makes room for all keys at once: added
 * one by one, more than some sixteen turn it, and all its copies, into hash tables.
 */
export function emptyRecord(keys: readonly string[]): Record<string, FieldValue> {
  const record = JSON.parse(`{${keys.map((key) => `${JSON.stringify(key)}:null`).join()}}`)
  for (const key of keys) record[key] = undefined
  return record
}
