/** What lies where in the memory of a kernel that reads, and how it tells JavaScript of values. */
import { blockBytes, kernelSlack, layout } from './kernel-layout.ts'

/**
 * Each value is a cell of 32 bits. From 0 on it is a number. Below 0, with all bits turned around, it
 * is a place in the list of values that JavaScript has: first undefined, then the texts that are
 * kept, one for each slot, then the new values of the block.
 */
export const absent = -1

/**
 * For each new value there is a word: 0 for the next wide number, or the width of the next new text
 * in so many bits, and above them the place where it is to be kept, if it is.
 */
export const widthBits = 17

/** Addresses and other texts have as many slots each, since most addresses hardly come again. */
export const slotBits = 13
export const slotBytes = 64

/** Slots are used in pairs; no text has one of the first pair. */
const unused = 2

/** How many places there are before those of new values. */
export const keptPlaces: number = unused + 2 * 2 ** slotBits

const mostValues = blockBytes / 2
const cells = layout.output
const words = cells + mostValues * 4
const wide = words + mostValues * 4
const texts = wide + mostValues * 8
const block = 64 * Math.ceil((texts + blockBytes + kernelSlack) / 64)
const slots = 2 * slotBytes * Math.ceil((block + 16) / (2 * slotBytes))
const addressSlots = slots + unused * slotBytes

/** Addresses, in the part of the memory where other kernels have their output. */
export const cellLayout: Readonly<
  Record<
    | 'cells'
    | 'words'
    | 'wide'
    | 'texts'
    | 'block'
    | 'wordsEnd'
    | 'textsEnd'
    | 'slots'
    | 'addressSlots'
    | 'textSlots',
    number
  >
> = {
  /** For each line the cell of each value. */
  cells,
  /** The words of the new values; the numbers of more than 31 bits and the texts among them. */
  words,
  wide,
  texts,
  /** The number of the block, in 64 bits. */
  block,
  /** Where words and texts end. */
  wordsEnd: block + 8,
  textsEnd: block + 12,
  slots,
  addressSlots,
  textSlots: addressSlots + slotBytes * 2 ** slotBits,
}
