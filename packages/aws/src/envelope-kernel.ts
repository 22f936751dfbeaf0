/** The WebAssembly that takes lines out of envelopes, and the memory that it works in. */
import { envelopeKernelCode } from './envelope-kernel-code.ts'

/** What was taken from a window; the bytes are good until the next call of the kernel. */
interface Taken {
  readonly count: number
  /** One line for each record or event. */
  readonly lines: Uint8Array
  /** Bytes of the window that it stands for. */
  readonly length: number
}

/** Takes what looks exactly as AWS writes it; what else there is stays where it is. */
export interface EnvelopeKernel {
  /** Bytes that a window holds at most. */
  readonly windowSize: number
  /**
   * Copies bytes that follow each other, up to a window's, to where they can be taken from; for
   * somebody, who may take them until they are another's.
   */
  load(pieces: readonly Uint8Array[], owner: object): void
  /** Whose bytes are loaded. */
  readonly owner: object | undefined
  /**
   * From the byte `at` of the window on, `{"data":"…"}` records of `{"message":"…"}`, at most `max`
   * of them; the record with which they have `limit` bytes is the last. `decoded` is their bytes.
   */
  takeRecords(at: number, max: number, limit: number): Taken & { readonly decoded: number }
  /** Events of CloudWatch Logs. */
  takeEvents(at: number): Taken
}

const kibibyte = 1024
// A chunk as sockets hand it out, and what the one before has left; larger windows push more out of the
// processor's cache.
const windowSize = 72 * kibibyte
// The first two KiB are the compiler's.
const inputStart = 2 * kibibyte
const slack = 64
const outputStart = inputStart + windowSize + kibibyte
const unlimited = 0x7fffffff

// TypeScript knows it of browsers only.
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

interface Global {
  readonly value: number
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly position: Global
  readonly written: Global
  readonly decoded: Global
  takeRecords(from: number, out: number, max: number, limit: number): number
  takeEvents(from: number, out: number): number
}

let kernel: EnvelopeKernel | undefined
let isKnown = false

/** The one kernel of the thread, or undefined where there is no WebAssembly. */
export function envelopeKernel(): EnvelopeKernel | undefined {
  if (!isKnown) {
    isKnown = true
    kernel = createKernel()
  }
  return kernel
}

function createKernel(): EnvelopeKernel | undefined {
  let exports: Exports
  try {
    const module = new WebAssembly.Module(Buffer.from(envelopeKernelCode, 'base64'))
    exports = new WebAssembly.Instance(module).exports as Exports
  } catch {
    return undefined
  }
  const { memory, position, written, decoded } = exports
  const bytes = new Uint8Array(memory.buffer)

  function taken(count: number, at: number): Taken {
    return {
      count,
      lines: bytes.subarray(outputStart, written.value),
      length: position.value - inputStart - at,
    }
  }

  let owner: object | undefined
  return {
    windowSize,
    get owner() {
      return owner
    },
    load(pieces, loader) {
      owner = loader
      let length = 0
      for (const piece of pieces) {
        bytes.set(piece.subarray(0, windowSize - length), inputStart + length)
        length = Math.min(windowSize, length + piece.length)
      }
      bytes.fill(0, inputStart + length, inputStart + length + slack)
    },
    takeRecords(at, max, limit) {
      const [most, bound] = [Math.min(max, unlimited), Math.min(limit, unlimited)]
      const count = exports.takeRecords(inputStart + at, outputStart, most, bound)
      return { ...taken(count, at), decoded: decoded.value }
    },
    takeEvents(at) {
      return taken(exports.takeEvents(inputStart + at, outputStart), at)
    },
  }
}
