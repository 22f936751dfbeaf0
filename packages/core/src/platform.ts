/** The web-standard globals that core needs, declared here since it is built without a platform. */

interface Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, into: Uint8Array): { written: number }
}

interface Decoder {
  /** Throws when the bytes are not UTF-8 and the decoder was made `fatal`. */
  decode(bytes: Uint8Array): string
}

/** A web-standard `TransformStream`, as far as it is needed without a platform's types. */
export interface WebTransformStream<Chunk, Result> {
  readonly readable: AsyncIterable<Result>
  readonly writable: { getWriter(): { write(chunk: Chunk): Promise<void>; close(): Promise<void> } }
}

interface WebTransformer<Chunk, Result> {
  transform(chunk: Chunk, controller: { enqueue(result: Result): void }): void
  flush(controller: { enqueue(result: Result): void }): void
}

/** A compiled `WebAssembly.Module`. */
export type WasmCode = object

/** The memory of WebAssembly instances. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** What an instance is given. */
export interface WasmHost {
  readonly memory: WasmMemory
  readonly ask: (question: number, about: number) => number
}

/** The functions that an instance exports. */
export type WasmExports = Readonly<Record<string, (...values: readonly number[]) => number>>

interface WebAssemblyGlobal {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory
  readonly Module: (new (
    bytes: Uint8Array<ArrayBuffer>,
  ) => WasmCode) & {
    customSections(module: WasmCode, name: string): ArrayBuffer[]
  }
  readonly Instance: new (
    module: WasmCode,
    imports: { readonly host: WasmHost },
  ) => { readonly exports: WasmExports }
}

interface Globals {
  /** Not there where code must not be made, as in Node with `--jitless`. */
  readonly WebAssembly?: WebAssemblyGlobal
  readonly TransformStream: new <Chunk, Result>(
    transformer: WebTransformer<Chunk, Result>,
  ) => WebTransformStream<Chunk, Result>
  readonly TextEncoder: new () => Encoder
  readonly TextDecoder: new (
    label: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => Decoder
  readonly btoa: (binary: string) => string
  /** Not there before 2025. */
  readonly Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> }
  readonly Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> }
}

/** A UTF-8 encoder. */
export function createTextEncoder(): Encoder {
  return new (globalThis as unknown as Globals).TextEncoder()
}

/** A decoder of ASCII that is faster than the one of UTF-8; any other byte is one character too. */
export function createAsciiDecoder(): Decoder {
  const options = { fatal: false, ignoreBOM: true }
  return new (globalThis as unknown as Globals).TextDecoder('latin1', options)
}

/** A UTF-8 decoder that keeps byte order marks and, when `fatal`, throws on malformed bytes. */
export function createTextDecoder(fatal: boolean): Decoder {
  return new (globalThis as unknown as Globals).TextDecoder('utf-8', { fatal, ignoreBOM: true })
}

/** A `TransformStream`. */
export function createWebTransformStream<Chunk, Result>(
  transformer: WebTransformer<Chunk, Result>,
): WebTransformStream<Chunk, Result> {
  return new (globalThis as unknown as Globals).TransformStream<Chunk, Result>(transformer)
}

/** Memory for WebAssembly, in pages of 64 KiB; undefined where the host has none. */
export function createWasmMemory(pages: number): WasmMemory | undefined {
  const { WebAssembly } = globalThis as unknown as Globals
  try {
    return WebAssembly && new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch {
    return undefined
  }
}

/** Bytes as WebAssembly; undefined where the host refuses to compile them. */
export function compile(bytes: Uint8Array<ArrayBuffer>): WasmCode | undefined {
  const { WebAssembly } = globalThis as unknown as Globals
  try {
    return WebAssembly && new WebAssembly.Module(bytes)
  } catch {
    return undefined
  }
}

/** An instance of a module, given as bytes or compiled; undefined where the host refuses to run it. */
export function instantiate(
  module: Uint8Array<ArrayBuffer> | WasmCode,
  host: WasmHost,
): WasmExports | undefined {
  const { WebAssembly } = globalThis as unknown as Globals
  try {
    const compiled = module instanceof Uint8Array ? compile(module) : module
    return WebAssembly && compiled && new WebAssembly.Instance(compiled, { host }).exports
  } catch {
    return undefined
  }
}

// A function that makes a vector and drops it: a host that takes this takes kernels.
const vectorModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 9, 1, 7, 0, 0x41, 0, 0xfd, 0x0f, 0x1a, 0x0b],
)
let takesBytes: boolean | undefined

/** Whether the host compiles WebAssembly with vectors from bytes. */
export function canCompile(): boolean {
  takesBytes ??= compile(vectorModule) !== undefined
  return takesBytes
}

/** The section of that name in a compiled module; undefined if it has none, or is no module. */
export function sectionOf(module: WasmCode, name: string): Uint8Array | undefined {
  const { WebAssembly } = globalThis as unknown as Globals
  try {
    const [section] = WebAssembly?.Module.customSections(module, name) ?? []
    return section && new Uint8Array(section)
  } catch {
    return undefined
  }
}

/** The bytes of base64 text; undefined if it is none, or the host has no quick way to read it. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const { Uint8Array: arrays, Buffer } = globalThis as unknown as Globals
  try {
    return arrays.fromBase64?.(text) ?? Buffer?.from(text, 'base64')
  } catch {
    return undefined
  }
}

/** Bytes as base64 text. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return (globalThis as unknown as Globals).btoa(binary)
}
