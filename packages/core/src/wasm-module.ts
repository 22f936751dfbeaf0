/** Puts functions together to the bytes of a WebAssembly module. */
import { type Code, toBytes, unsigned, type ValueType, valueTypes } from './wasm-code.ts'
import { i8x16, i32, v128 } from './wasm-operations.ts'

/** A local variable or parameter. */
export interface Local {
  readonly get: Code
  set(value: Code): Code
  /** Sets it and leaves the value. */
  tee(value: Code): Code
}

/** A function being written. */
export interface WasmFunction {
  /** The parameters, in order. */
  readonly parameters: readonly Local[]
  local(type: ValueType): Local
  readonly signature: readonly [parameters: readonly ValueType[], results: readonly ValueType[]]
  readonly locals: readonly ValueType[]
  body: Code
}

/** Starts a function of these parameters and results. */
export function createFunction(
  parameters: readonly ValueType[],
  results: readonly ValueType[] = [],
): WasmFunction {
  const locals: ValueType[] = []
  const variable = (index: number): Local => {
    const place: Code = index < 128 ? index : unsigned(index)
    return {
      get: [0x20, place],
      set: (value) => [value, 0x21, place],
      tee: (value) => [value, 0x22, place],
    }
  }
  return {
    parameters: parameters.map((_, index) => variable(index)),
    local: (type) => variable(parameters.length + locals.push(type) - 1),
    signature: [parameters, results],
    locals,
    body: [],
  }
}

/** A value that is kept in a local: making it again costs more. */
export interface Held {
  readonly get: Code
  readonly init: Code
}

/** A vector that holds one byte sixteen times. */
export function splatLocal(made: WasmFunction, byte: number): Held {
  const held = made.local('v128')
  return { get: held.get, init: held.set(i8x16.splat(i32.of(byte))) }
}

/** A vector of these bytes. */
export function vectorLocal(made: WasmFunction, bytes: readonly number[]): Held {
  const held = made.local('v128')
  return { get: held.get, init: held.set(v128.of(bytes)) }
}

/**
 * A module being written. It imports a memory and a function of two numbers that gives one, and
 * carries the bytes that are laid into the memory.
 */
export interface WasmModule {
  /** Calls the function that the host gives. */
  ask(...values: readonly Code[]): Code
  /** Adds a function; the result calls it. */
  add(made: WasmFunction, name?: string): (...values: readonly Code[]) => Code
  /** The module's bytes; `data` waits in it until `layData` is executed. */
  finish(data: Uint8Array, pages: number): Uint8Array<ArrayBuffer>
}

const asked = createFunction(['i32', 'i32'], ['i32'])

const sections = {
  type: 1,
  import: 2,
  function: 3,
  export: 7,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

/** Starts an empty module. */
export function createModule(): WasmModule {
  const functions: { made: WasmFunction; name: string | undefined }[] = []
  return {
    ask: (...values) => [values, 0x10, 0],
    add(made, name) {
      // The imported function is number 0.
      const index = unsigned(functions.push({ made, name }))
      return (...values) => [values, 0x10, index]
    },
    finish(data, pages) {
      const exported = functions.flatMap(({ name }, index) =>
        name === undefined ? [] : [{ name, index }],
      )
      return join([
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(sections.type, functions.length + 1, [
          typeOf(asked),
          functions.map(({ made }) => typeOf(made)),
        ]),
        section(sections.import, 2, [
          [text('host'), text('memory'), 2, 1, unsigned(pages), unsigned(pages)],
          [text('host'), text('ask'), 0, 0],
        ]),
        section(
          sections.function,
          functions.length,
          functions.map((_, index) => unsigned(index + 1)),
        ),
        section(
          sections.export,
          exported.length,
          exported.map(({ name, index }) => [text(name), 0, unsigned(index + 1)]),
        ),
        sectionOf(sections.dataCount, [1]),
        ...codeSection(functions.map(({ made }) => bodyOf(made))),
        sectionHead(sections.data, [1, 1, ...unsigned(data.length)], data.length),
        data,
      ])
    },
  }
}

/** Copies the module's data, all `length` bytes of it, to an address. */
export function layData(address: number, length: number): Code {
  return [i32.of(address), i32.of(0), i32.of(length), 0xfc, 0x08, 0, 0]
}

function typeOf({ signature }: WasmFunction): Code {
  return [
    0x60,
    signature.map((types) => [unsigned(types.length), types.map((type) => valueTypes[type])]),
  ]
}

function bodyOf({ locals, body }: WasmFunction): readonly number[] {
  const declared: Code[] = locals.map((type) => [1, valueTypes[type]])
  return toBytes([unsigned(locals.length), declared, body, 0x0b])
}

/** In parts, since most of a module is here, and is not to be copied more than once. */
function codeSection(bodies: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const parts = bodies.flatMap((body) => [unsigned(body.length), body])
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return [sectionHead(sections.code, unsigned(bodies.length), length), ...parts]
}

function text(value: string): Code {
  return [unsigned(value.length), Array.from(value, (character) => character.charCodeAt(0))]
}

function section(id: number, count: number, items: Code): number[] {
  return sectionOf(id, [unsigned(count), items])
}

function sectionOf(id: number, content: Code): number[] {
  const bytes = toBytes(content)
  return [id, ...unsigned(bytes.length), ...bytes]
}

/** The beginning of a section of which `left` bytes follow. */
function sectionHead(id: number, begin: readonly number[], left: number): number[] {
  return [id, ...unsigned(begin.length + left), ...begin]
}

function join(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** A module with a section that only its users read. */
export function withSection(
  module: Uint8Array<ArrayBuffer>,
  name: string,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const begin = toBytes(text(name))
  return join([module, sectionHead(0, begin, content.length), content])
}
