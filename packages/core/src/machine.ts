/** What the steps of an engine work on: the line that was scanned, and where its event goes. */
import type { Scanner } from './scanner.ts'

/** Bytes after a line or an event that may be read or written over, since bytes are moved in eights. */
export const slack = 16

/** The state of an engine; one object for all steps. */
export interface Machine extends Omit<Scanner, 'scan' | 'absentBits'> {
  /** The absent columns as bits: 0 to 29, and 30 to 59. */
  absentLow: number
  absentHigh: number
  /** The block of lines; `slack` bytes follow it. */
  input: Uint8Array
  inputView: DataView
  output: Uint8Array
  outputView: DataView
  /** Where the line begins and ends in the input. */
  from: number
  to: number
  /** Where the document begins in the output. */
  begin: number
  /** The time of the call, in Unix milliseconds. */
  now: number
  /** What the id is computed of. */
  message: Uint8Array
  messageFrom: number
  messageTo: number
  /** Where the id of the line was written, or −1. */
  idAt: number
  readonly key: Uint8Array
  /** 1 for fields that the event carries, by bit. */
  readonly carried: Uint8Array
  readonly slotStarts: Int32Array
  readonly slotBodies: Int32Array
  /** Columns whose values stand in the current list. */
  readonly seen: Int32Array
  seenCount: number
  /** The number of the literal that was just found, from 1. */
  found: number
  /** The Community ID that was just computed. */
  community: string
  /** The origin's values as JSON text without quotes; `noBytes` where it has none. */
  readonly origins: Uint8Array[]
  /** The origin's times in milliseconds, −1 where it has none. */
  readonly originTimes: number[]
}

/** Stands for a value that the origin does not have. */
export const noBytes: Uint8Array = new Uint8Array(0)

/** Writes one piece of the event at `end`, and returns the new end. */
export type Step = (machine: Machine, end: number) => number

/** The number of a column of up to 15 digits. */
export function numberOf({ input, starts, ends }: Machine, column: number): number {
  let number = 0
  const end = ends[column] as number
  for (let at = starts[column] as number; at < end; at++) {
    number = number * 10 + (input[at] as number) - 48
  }
  return number
}

/** Whether the values of two columns are the same bytes. */
export function isSame({ input, starts, ends }: Machine, left: number, right: number): boolean {
  const leftStart = starts[left] as number
  const rightStart = starts[right] as number
  const length = (ends[left] as number) - leftStart
  if ((ends[right] as number) - rightStart !== length) return false
  for (let index = 0; index < length; index++) {
    if (input[leftStart + index] !== input[rightStart + index]) return false
  }
  return true
}

/** Whether the value of a column is this text. */
export function isText(
  { input, starts, ends }: Machine,
  column: number,
  text: Uint8Array,
): boolean {
  const start = starts[column] as number
  const { length } = text
  if ((ends[column] as number) - start !== length) return false
  for (let index = 0; index < length; index++) {
    if (input[start + index] !== text[index]) return false
  }
  return true
}

/** Copies the value of a column. */
export function copyValue(machine: Machine, column: number, end: number): number {
  return copyInput(machine, machine.starts[column] as number, machine.ends[column] as number, end)
}

/** Copies bytes of the line, which are ASCII. */
export function copyInput(
  { inputView, outputView }: Machine,
  from: number,
  to: number,
  end: number,
): number {
  const width = to - from
  for (let at = 0; at < width; at += 8) {
    outputView.setFloat64(end + at, inputView.getFloat64(from + at, true), true)
  }
  return end + width
}
