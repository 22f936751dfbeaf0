/** The WebAssembly that takes lines out of envelopes, and the memory that it works and keeps them in. */
import { envelopeKernelCode } from './envelope-kernel-code.ts'

/** What was taken from a window. */
interface Taken {
  readonly count: number
  /** One line for each record or event; good until others are taken, unless these are kept. */
  readonly lines: Uint8Array
  /** Bytes of the window that it stands for. */
  readonly length: number
}

/** Takes what looks exactly as AWS writes it; what else there is stays where it is. */
export interface EnvelopeKernel {
  /** Bytes that a window holds at most. */
  readonly windowSize: number
  /**
   * Copies bytes that follow each other, up to a window's, to where they can be taken from; returns
   * what stands for them.
   */
  load(pieces: readonly Uint8Array[]): object
  /** What stands for the bytes that are loaded. */
  readonly loaded: object | undefined
  /**
   * From the byte `at` of the window on, `{"data":"…"}` records of `{"message":"…"}`, at most `max`
   * of them; the record with which they have `limit` bytes is the last. `decoded` is their bytes.
   */
  takeRecords(at: number, max: number, limit: number): Taken & { readonly decoded: number }
  /** Events of CloudWatch Logs. */
  takeEvents(at: number): Taken
  /** Lines that were taken last, good until the release: where they are, if there is room. */
  keep(lines: Uint8Array): Uint8Array
  /** Bytes of room that kept lines take; can be set back to what it was. */
  kept: number
  /** Lets go of what was kept, and of the kernel: somebody else may have it. */
  release(): void
}

const kibibyte = 1024
// A chunk as sockets hand it out, and what the one before has left; larger windows push more out of the
// processor's cache.
const windowSize = 72 * kibibyte
// The first two KiB are the compiler's.
const inputStart = 2 * kibibyte
const slack = 64
/** Where lines are written that there is no room for. */
const scratch = inputStart + windowSize + kibibyte
/** Where lines are written that may stay. */
const room = scratch + windowSize + kibibyte
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

let module: object | undefined
/** Kernels that nobody has. */
const free: EnvelopeKernel[] = []
const maxFree = 4

/** A kernel that nobody else has until it is released; undefined where the host has none, or no memory. */
export function takeKernel(): EnvelopeKernel | undefined {
  const kernel = free.pop()
  if (kernel) return kernel
  try {
    module ??= new WebAssembly.Module(Buffer.from(envelopeKernelCode, 'base64'))
    return createKernel(module)
  } catch {
    return undefined
  }
}

function createKernel(module: object): EnvelopeKernel {
  const exports = new WebAssembly.Instance(module).exports as Exports
  const { memory, position, written, decoded } = exports
  const bytes = new Uint8Array(memory.buffer)
  let loaded: object | undefined
  let kept = 0

  /** Where lines are written. */
  function findTarget(): number {
    const target = room + kept
    return target + windowSize + slack <= bytes.length ? target : scratch
  }

  function taken(count: number, at: number, target: number): Taken {
    return {
      count,
      lines: bytes.subarray(target, written.value),
      length: position.value - inputStart - at,
    }
  }

  const kernel: EnvelopeKernel = {
    windowSize,
    get loaded() {
      return loaded
    },
    load(pieces) {
      let length = 0
      for (const piece of pieces) {
        bytes.set(piece.subarray(0, windowSize - length), inputStart + length)
        length = Math.min(windowSize, length + piece.length)
      }
      bytes.fill(0, inputStart + length, inputStart + length + slack)
      loaded = {}
      return loaded
    },
    takeRecords(at, max, limit) {
      const target = findTarget()
      const [most, bound] = [Math.min(max, unlimited), Math.min(limit, unlimited)]
      const count = exports.takeRecords(inputStart + at, target, most, bound)
      return { ...taken(count, at, target), decoded: decoded.value }
    },
    takeEvents(at) {
      const target = findTarget()
      return taken(exports.takeEvents(inputStart + at, target), at, target)
    },
    keep(lines) {
      if (lines.byteOffset !== room + kept) return lines.slice()
      kept += lines.length
      return lines
    },
    get kept() {
      return kept
    },
    set kept(before) {
      kept = before
    },
    release() {
      kept = 0
      if (free.length < maxFree) free.push(kernel)
    },
  }
  return kernel
}
