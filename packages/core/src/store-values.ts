import type { FieldValue } from './fields.ts'

// The columns with a place of their own below.
const places = 32

/**
 * Sets the values of a record that has all keys. Column by column in so many words: V8 remembers one
 * key for each place in the code, and stores there several times as fast as where the key varies.
 */
export function storeValues(
  record: Record<string, FieldValue>,
  keys: readonly string[],
  values: readonly FieldValue[],
): void {
  const width = values.length
  record[keys[0] as string] = values[0]
  if (width === 1) return
  record[keys[1] as string] = values[1]
  if (width === 2) return
  record[keys[2] as string] = values[2]
  if (width === 3) return
  record[keys[3] as string] = values[3]
  if (width === 4) return
  record[keys[4] as string] = values[4]
  if (width === 5) return
  record[keys[5] as string] = values[5]
  if (width === 6) return
  record[keys[6] as string] = values[6]
  if (width === 7) return
  record[keys[7] as string] = values[7]
  if (width === 8) return
  record[keys[8] as string] = values[8]
  if (width === 9) return
  record[keys[9] as string] = values[9]
  if (width === 10) return
  record[keys[10] as string] = values[10]
  if (width === 11) return
  record[keys[11] as string] = values[11]
  if (width === 12) return
  record[keys[12] as string] = values[12]
  if (width === 13) return
  record[keys[13] as string] = values[13]
  if (width === 14) return
  record[keys[14] as string] = values[14]
  if (width === 15) return
  record[keys[15] as string] = values[15]
  if (width === 16) return
  record[keys[16] as string] = values[16]
  if (width === 17) return
  record[keys[17] as string] = values[17]
  if (width === 18) return
  record[keys[18] as string] = values[18]
  if (width === 19) return
  record[keys[19] as string] = values[19]
  if (width === 20) return
  record[keys[20] as string] = values[20]
  if (width === 21) return
  record[keys[21] as string] = values[21]
  if (width === 22) return
  record[keys[22] as string] = values[22]
  if (width === 23) return
  record[keys[23] as string] = values[23]
  if (width === 24) return
  record[keys[24] as string] = values[24]
  if (width === 25) return
  record[keys[25] as string] = values[25]
  if (width === 26) return
  record[keys[26] as string] = values[26]
  if (width === 27) return
  record[keys[27] as string] = values[27]
  if (width === 28) return
  record[keys[28] as string] = values[28]
  if (width === 29) return
  record[keys[29] as string] = values[29]
  if (width === 30) return
  record[keys[30] as string] = values[30]
  if (width === 31) return
  record[keys[31] as string] = values[31]
  for (let column = places; column < width; column++) {
    record[keys[column] as string] = values[column]
  }
}
