/** Bytes being written: grows by doubling, and is handed out as a copy. */
export interface Output {
  bytes: Uint8Array<ArrayBuffer>
  length: number
}

/** An output with nothing in it. */
export function createOutput(capacity: number = 64 * 1024): Output {
  return { bytes: new Uint8Array(capacity), length: 0 }
}

/** Makes room for `size` more bytes; what was written stays. */
export function reserve(output: Output, size: number): void {
  const needed = output.length + size
  if (needed <= output.bytes.length) return
  const grown = new Uint8Array(Math.max(needed, output.bytes.length * 2))
  grown.set(output.bytes.subarray(0, output.length))
  output.bytes = grown
}

/** Appends bytes. */
export function append(output: Output, bytes: Uint8Array): void {
  reserve(output, bytes.length)
  output.bytes.set(bytes, output.length)
  output.length += bytes.length
}

// What one large input needed is not kept for ever.
const keptCapacity = 64 * 1024 * 1024

/** Hands out a copy of what was written, and starts anew. */
export function take(output: Output): Uint8Array<ArrayBuffer> {
  const taken = output.bytes.slice(0, output.length)
  startAnew(output)
  return taken
}

/** Hands out a view of what was written, which the next write destroys, and starts anew. */
export function lend(output: Output): Uint8Array<ArrayBuffer> {
  const lent = output.bytes.subarray(0, output.length)
  startAnew(output)
  return lent
}

function startAnew(output: Output): void {
  output.length = 0
  if (output.bytes.length > keptCapacity) output.bytes = new Uint8Array(keptCapacity)
}
