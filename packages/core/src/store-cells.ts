import type { FieldValue } from './fields.ts'

// The columns with a place of their own below.
const places = 32

/** Sets the values of a record as `storeValues` does: what the cells from a place on say. */
export function storeCells(
  record: Record<string, FieldValue>,
  keys: readonly string[],
  cells: Int32Array,
  place: number,
  values: readonly FieldValue[],
): void {
  const width = keys.length
  let cell: number
  cell = cells[place] as number
  record[keys[0] as string] = cell < 0 ? values[~cell] : cell
  if (width === 1) return
  cell = cells[place + 1] as number
  record[keys[1] as string] = cell < 0 ? values[~cell] : cell
  if (width === 2) return
  cell = cells[place + 2] as number
  record[keys[2] as string] = cell < 0 ? values[~cell] : cell
  if (width === 3) return
  cell = cells[place + 3] as number
  record[keys[3] as string] = cell < 0 ? values[~cell] : cell
  if (width === 4) return
  cell = cells[place + 4] as number
  record[keys[4] as string] = cell < 0 ? values[~cell] : cell
  if (width === 5) return
  cell = cells[place + 5] as number
  record[keys[5] as string] = cell < 0 ? values[~cell] : cell
  if (width === 6) return
  cell = cells[place + 6] as number
  record[keys[6] as string] = cell < 0 ? values[~cell] : cell
  if (width === 7) return
  cell = cells[place + 7] as number
  record[keys[7] as string] = cell < 0 ? values[~cell] : cell
  if (width === 8) return
  cell = cells[place + 8] as number
  record[keys[8] as string] = cell < 0 ? values[~cell] : cell
  if (width === 9) return
  cell = cells[place + 9] as number
  record[keys[9] as string] = cell < 0 ? values[~cell] : cell
  if (width === 10) return
  cell = cells[place + 10] as number
  record[keys[10] as string] = cell < 0 ? values[~cell] : cell
  if (width === 11) return
  cell = cells[place + 11] as number
  record[keys[11] as string] = cell < 0 ? values[~cell] : cell
  if (width === 12) return
  cell = cells[place + 12] as number
  record[keys[12] as string] = cell < 0 ? values[~cell] : cell
  if (width === 13) return
  cell = cells[place + 13] as number
  record[keys[13] as string] = cell < 0 ? values[~cell] : cell
  if (width === 14) return
  cell = cells[place + 14] as number
  record[keys[14] as string] = cell < 0 ? values[~cell] : cell
  if (width === 15) return
  cell = cells[place + 15] as number
  record[keys[15] as string] = cell < 0 ? values[~cell] : cell
  if (width === 16) return
  cell = cells[place + 16] as number
  record[keys[16] as string] = cell < 0 ? values[~cell] : cell
  if (width === 17) return
  cell = cells[place + 17] as number
  record[keys[17] as string] = cell < 0 ? values[~cell] : cell
  if (width === 18) return
  cell = cells[place + 18] as number
  record[keys[18] as string] = cell < 0 ? values[~cell] : cell
  if (width === 19) return
  cell = cells[place + 19] as number
  record[keys[19] as string] = cell < 0 ? values[~cell] : cell
  if (width === 20) return
  cell = cells[place + 20] as number
  record[keys[20] as string] = cell < 0 ? values[~cell] : cell
  if (width === 21) return
  cell = cells[place + 21] as number
  record[keys[21] as string] = cell < 0 ? values[~cell] : cell
  if (width === 22) return
  cell = cells[place + 22] as number
  record[keys[22] as string] = cell < 0 ? values[~cell] : cell
  if (width === 23) return
  cell = cells[place + 23] as number
  record[keys[23] as string] = cell < 0 ? values[~cell] : cell
  if (width === 24) return
  cell = cells[place + 24] as number
  record[keys[24] as string] = cell < 0 ? values[~cell] : cell
  if (width === 25) return
  cell = cells[place + 25] as number
  record[keys[25] as string] = cell < 0 ? values[~cell] : cell
  if (width === 26) return
  cell = cells[place + 26] as number
  record[keys[26] as string] = cell < 0 ? values[~cell] : cell
  if (width === 27) return
  cell = cells[place + 27] as number
  record[keys[27] as string] = cell < 0 ? values[~cell] : cell
  if (width === 28) return
  cell = cells[place + 28] as number
  record[keys[28] as string] = cell < 0 ? values[~cell] : cell
  if (width === 29) return
  cell = cells[place + 29] as number
  record[keys[29] as string] = cell < 0 ? values[~cell] : cell
  if (width === 30) return
  cell = cells[place + 30] as number
  record[keys[30] as string] = cell < 0 ? values[~cell] : cell
  if (width === 31) return
  cell = cells[place + 31] as number
  record[keys[31] as string] = cell < 0 ? values[~cell] : cell
  for (let column = places; column < width; column++) {
    cell = cells[place + column] as number
    record[keys[column] as string] = cell < 0 ? values[~cell] : cell
  }
}
