import type { Format } from './format.ts'
import { isText, type Machine } from './machine.ts'
import { createTextEncoder } from './platform.ts'

/** The number of the case, from 1, that the value of a column is; 0 for any other value. */
export type FindCase = (machine: Machine) => number

/** Builds the search among the texts of a choice: by number where the scanner has read it, else by text. */
export function createCaseFinder(
  { columns }: Format,
  column: number,
  cases: readonly { readonly text: string }[],
): FindCase {
  const isRead = /^(?:uint8|uint16|int32)$/.test(columns[column]?.kind ?? '')
  if (isRead && cases.every(({ text }) => /^(?:0|[1-9][0-9]{0,2})$/.test(text))) {
    return createNumberFinder(
      column,
      cases.map(({ text }) => Number(text)),
    )
  }
  const encoder = createTextEncoder()
  const texts = cases.map(({ text }) => encoder.encode(text))
  return (machine) => {
    for (let index = 0; index < texts.length; index++) {
      if (isText(machine, column, texts[index] as Uint8Array)) return index + 1
    }
    return 0
  }
}

/** Builds the search among numbers of up to three digits, in a column that the scanner reads. */
export function createNumberFinder(column: number, numbers: readonly number[]): FindCase {
  const byNumber = new Int32Array(1000)
  for (let index = 0; index < numbers.length; index++) {
    byNumber[numbers[index] as number] = index + 1
  }
  return ({ numbers: read }) => byNumber[read[column] as number] ?? 0
}
