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

/**
 * The same keys as the strings that V8 itself keeps for the keys of objects. Under an equal string of
 * another origin it forgets at a place in the code what it knows of the key, and stores there slowly.
 */
export function internKeys(keys: readonly string[]): string[] {
  return keys.map((key) => Object.keys({ [key]: undefined })[0] as string)
}
