/** Bytes being written: grows by doubling, and is handed out as a copy in memory of its own. */
export interface Output {
  bytes: Uint8Array<ArrayBuffer>
  length: number
  /** Where every output begins; what does not fit moves elsewhere. */
  home: Uint8Array<ArrayBuffer>
  /** Where the last output moved that had to. */
  spare: Uint8Array<ArrayBuffer>
  /** Memory of copies that was handed back, the smallest first. */
  readonly free: Uint8Array<ArrayBuffer>[]
}

/** What was written, and how its memory is handed back, if that saves anything. */
interface Taken {
  readonly output: Uint8Array<ArrayBuffer>
  readonly release?: () => void
}

/** An output with nothing in it. */
export function createOutput(capacity: number = 64 * 1024): Output {
  const home = new Uint8Array(capacity)
  return { bytes: home, length: 0, home, spare: home, free: [] }
}

/** Gives outputs another place to begin at, from the next one on if there is something in this one. */
export function moveHome(output: Output, home: Uint8Array<ArrayBuffer>): void {
  output.home = home
  if (output.length === 0) output.bytes = home
}

/** Makes room for `size` more bytes; what was written stays. */
export function reserve(output: Output, size: number): void {
  const needed = output.length + size
  if (needed <= output.bytes.length) return
  const { spare, bytes } = output
  const isRoomy = spare !== bytes && spare.length >= needed
  const grown = isRoomy ? spare : new Uint8Array(Math.max(needed, bytes.length * 2))
  grown.set(bytes.subarray(0, output.length))
  output.bytes = grown
  output.spare = grown
}

/** Appends bytes. */
export function append(output: Output, bytes: Uint8Array): void {
  reserve(output, bytes.length)
  output.bytes.set(bytes, output.length)
  output.length += bytes.length
}

// What one large input needed is not kept for ever.
const keptCapacity = 64 * 1024 * 1024

// Small memory costs as little to be had anew.
const smallest = 64 * 1024
const maxFree = 4

/** Hands out a copy of what was written, and starts anew. */
export function take(output: Output): Taken {
  const { bytes, length, free } = output
  const fitting = free.findIndex((each) => each.length >= length)
  const memory = length < smallest ? undefined : free.splice(fitting, fitting < 0 ? 0 : 1)[0]
  memory?.set(bytes.subarray(0, length))
  const taken = memory?.subarray(0, length) ?? bytes.slice(0, length)
  startAnew(output)
  if (length < smallest) return { output: taken }
  let isReleased = false
  return {
    output: taken,
    release() {
      if (!isReleased) giveBack(free, memory ?? taken)
      isReleased = true
    },
  }
}

function giveBack(free: Uint8Array<ArrayBuffer>[], memory: Uint8Array<ArrayBuffer>): void {
  free.push(memory)
  free.sort((one, other) => one.length - other.length)
  while (
    free.length > maxFree ||
    free.reduce((sum, { length }) => sum + length, 0) > keptCapacity
  ) {
    free.shift()
  }
}

/** Hands out a view of what was written, which the next write destroys, and starts anew. */
export function lend(output: Output): Taken {
  const lent = output.bytes.subarray(0, output.length)
  startAnew(output)
  return { output: lent }
}

function startAnew(output: Output): void {
  output.length = 0
  output.bytes = output.home
  if (output.spare.length > keptCapacity) output.spare = output.home
}
