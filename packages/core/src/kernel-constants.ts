/** The constant bytes of a kernel: literals and tables, each at its address. */
import { layout } from './kernel-layout.ts'
import { createTextEncoder } from './platform.ts'

/** Collects constants. */
export interface Constants {
  /** The address of these bytes; text is put in UTF-8. */
  place(bytes: Uint8Array | string): number
  /** All of them, as they lie from `layout.constants` on. */
  finish(): Uint8Array<ArrayBuffer>
}

/** Starts with none. */
export function createConstants(): Constants {
  const encoder = createTextEncoder()
  const texts = new Map<string, number>()
  const parts: { at: number; bytes: Uint8Array }[] = []
  let length = 0
  const put = (bytes: Uint8Array): number => {
    const at = length
    parts.push({ at, bytes })
    // Vectors are read from here, and beyond the end of the last one.
    length = Math.ceil((at + bytes.length) / 16) * 16 + 16
    return layout.constants + at
  }
  return {
    place(bytes) {
      if (typeof bytes !== 'string') return put(bytes)
      const known = texts.get(bytes) ?? put(encoder.encode(bytes))
      texts.set(bytes, known)
      return known
    },
    finish() {
      const all = new Uint8Array(length)
      for (const { at, bytes } of parts) all.set(bytes, at)
      return all
    },
  }
}
