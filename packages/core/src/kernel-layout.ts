/**
 * What lies where in the memory of a kernel. One memory serves all kernels of a transform, one after
 * the other, and never grows; what is not touched costs nothing.
 */

const kibibyte = 1024
const mebibyte = kibibyte * kibibyte

/**
 * Bytes of input that are worked on at once; small enough to stay in the processor's cache, and
 * enough for the longest line that is accepted unless configured otherwise.
 */
export const blockBytes: number = 65 * kibibyte

/** Bytes that may be read behind an input, or written behind an output, since bytes move in bundles. */
export const kernelSlack = 128

/** The most events that one call of a kernel describes. */
export const maxDescribed = 2048

/** The bytes of one text of an origin, at most. */
export const originTextBytes: number = 2 * kibibyte

/** The most texts of an origin that a plan can ask for. */
export const maxOriginTexts = 30

/** The most filter rules of which a kernel can count what they drop. */
export const maxRules = 500

/** Where a kernel leaves what it did, as 32-bit words from address 0. */
export const state = {
  /** Address of the delimiter before the first line that was not taken. */
  cursor: 0,
  /** Address of the end of the output. */
  end: 4,
  /** Lines written. */
  emitted: 8,
  /** Address behind the last delimiter. */
  delimitersEnd: 12,
  /** Whether some line of the block may not be what a clean line looks like. */
  careful: 16,
  /** Bytes of what follows the line in the message of the id. */
  tailLength: 20,
  /** Whether events are described. */
  describes: 24,
  /** The time of the call, as text, and its length. */
  keptOut: 32,
  filtered: 64,
} as const

/** Addresses. */
export const layout: Readonly<
  Record<
    | 'originLengths'
    | 'originTexts'
    | 'tail'
    | 'message'
    | 'hex'
    | 'scratch'
    | 'answer'
    | 'offsets'
    | 'ids'
    | 'times'
    | 'accounts'
    | 'input'
    | 'delimiters'
    | 'constants'
    | 'output'
    | 'end',
    number
  >
> = {
  /** Of each text of an origin: its length, or −1 where there is none. */
  originLengths: 3 * kibibyte,
  originTexts: 4 * kibibyte,
  /** What the id is computed of where the line alone is not enough: the line is put before the tail. */
  tail: 68 * kibibyte,
  message: 72 * kibibyte,
  /** The ids of two lines, as hex digits. */
  hex: 144 * kibibyte,
  scratch: 145 * kibibyte,
  /** A text that the host has answered. */
  answer: 146 * kibibyte,
  /** Of each described event: where it begins, its id, its time, its account. */
  offsets: 160 * kibibyte,
  ids: 176 * kibibyte,
  times: 256 * kibibyte,
  accounts: 288 * kibibyte,
  /** The block of lines, with a line feed before it. */
  input: 320 * kibibyte,
  /** The address of every delimiter in the block, and of the line feed before it. */
  delimiters: 400 * kibibyte,
  /** The constants of the kernel that runs. */
  constants: mebibyte,
  output: 2 * mebibyte,
  end: 10 * mebibyte,
}

/** The size of the memory, in the unit that WebAssembly counts in. */
export const pages: number = layout.end / (64 * kibibyte)

/** In place of the length of a text that an origin does not have, or not in the same way for all lines. */
export const originLength = { absent: -1, differing: -2 } as const
