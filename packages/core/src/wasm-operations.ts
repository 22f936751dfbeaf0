/** The operations of WebAssembly, by type: each takes the code of its operands. */
import { type Code, unsigned } from './wasm-code.ts'

/** A signed number of 32 bits in LEB128. */
function signed(value: number): readonly number[] {
  const bytes: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    const isLast = rest >= -64 && rest < 64
    bytes.push(isLast ? rest & 127 : (rest & 127) | 128)
    if (isLast) return bytes
  }
}

function signed64(value: bigint): readonly number[] {
  const small = Number(value)
  if (small === (small | 0)) return signed(small)
  const bytes: number[] = []
  for (let rest = BigInt.asIntN(64, value); ; rest >>= 7n) {
    const isLast = rest >= -64n && rest < 64n
    bytes.push(isLast ? Number(rest & 127n) : Number(rest & 127n) | 128)
    if (isLast) return bytes
  }
}

type Unary = (value: Code) => Code
type Binary = (left: Code, right: Code) => Code
type Load = (address: Code, offset?: number) => Code
type Store = (address: Code, value: Code, offset?: number) => Code

// Short flat lists, since modules are made while somebody waits: this code runs once, uncompiled.
const unary =
  (opcode: number): Unary =>
  (value) => [value, opcode]

const binary =
  (opcode: number): Binary =>
  (left, right) => [left, right, opcode]

// The alignment is a hint that engines ignore; values of a line stand anywhere.
const load =
  (opcode: number): Load =>
  (address, offset = 0) => [address, opcode, 0, number(offset)]

const store =
  (opcode: number): Store =>
  (address, value, offset = 0) => [address, value, opcode, 0, number(offset)]

const vectorUnary =
  (opcode: Code): Unary =>
  (value) => [value, vector, opcode]

const vectorBinary =
  (opcode: Code): Binary =>
  (left, right) => [left, right, vector, opcode]

/** An unsigned number, as one byte where that is enough. */
function number(value: number): Code {
  return value < 128 ? value : unsigned(value)
}

const vector = 0xfd

/** The operations that integers of both widths have here. */
type OfIntegers =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'gt'
  | 'ge'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'

/** 32-bit integers. */
export const i32: Readonly<
  Record<'load' | 'load8' | 'load16', Load> &
    Record<'store' | 'store8' | 'store16', Store> &
    Record<'eqz' | 'ctz' | 'wrap', Unary> &
    Record<OfIntegers, Binary> & { of(value: number): Code }
> = {
  of: (value: number): Code => (value >= 0 && value < 64 ? [0x41, value] : [0x41, signed(value)]),
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  lt: binary(0x49),
  gt: binary(0x4b),
  ge: binary(0x4f),
  ctz: unary(0x68),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  div: binary(0x6e),
  rem: binary(0x70),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shr: binary(0x76),
  wrap: unary(0xa7),
}

/** 64-bit integers. */
export const i64: Readonly<
  Record<'load', Load> &
    Record<'store', Store> &
    Record<'eqz' | 'ctz' | 'popcnt' | 'extend', Unary> &
    Record<OfIntegers | 'rotl', Binary> & { of(value: bigint): Code }
> = {
  of: (value: bigint): Code => [0x42, signed64(value)],
  load: load(0x29),
  store: store(0x37),
  eqz: unary(0x50),
  eq: binary(0x51),
  ne: binary(0x52),
  lt: binary(0x54),
  gt: binary(0x56),
  ge: binary(0x5a),
  ctz: unary(0x7a),
  popcnt: unary(0x7b),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  div: binary(0x80),
  rem: binary(0x82),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shr: binary(0x88),
  rotl: binary(0x89),
  extend: unary(0xad),
}

/** 64-bit floating point. */
export const f64: Readonly<
  Record<'store', Store> & Record<'convert', Unary> & Record<'nan', Code>
> = {
  nan: [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
  store: store(0x39),
  /** Of an unsigned 64-bit integer. */
  convert: unary(0xba),
}

/** Vectors of 16 bytes. */
export const v128: Readonly<
  Record<'load', Load> &
    Record<'store', Store> &
    Record<'anyTrue', Unary> &
    Record<'and' | 'or' | 'xor', Binary> & { of(bytes: readonly number[]): Code }
> = {
  of: (bytes: readonly number[]): Code => [vector, 0x0c, bytes],
  load: (address, offset = 0) => [address, vector, 0x00, 0, number(offset)],
  store: (address, value, offset = 0) => [address, value, vector, 0x0b, 0, number(offset)],
  and: vectorBinary(0x4e),
  or: vectorBinary(0x50),
  xor: vectorBinary(0x51),
  anyTrue: vectorUnary(0x53),
}

/** Vectors of sixteen bytes, lane by lane. */
export const i8x16: Readonly<
  Record<'splat' | 'bitmask', Unary> &
    Record<
      'swizzle' | 'eq' | 'lt' | 'gtUnsigned' | 'shr' | 'add' | 'addUnsigned' | 'sub',
      Binary
    > & {
      shuffle(left: Code, right: Code, places: readonly number[]): Code
    }
> = {
  splat: vectorUnary(0x0f),
  /** The bytes of `left` at the places that `right` names; 0 for a place beyond the last. */
  swizzle: vectorBinary(0x0e),
  shuffle: (left: Code, right: Code, places: readonly number[]): Code => [
    left,
    right,
    vector,
    0x0d,
    places,
  ],
  eq: vectorBinary(0x23),
  lt: vectorBinary(0x25),
  gtUnsigned: vectorBinary(0x28),
  bitmask: vectorUnary(0x64),
  shr: vectorBinary(0x6d),
  add: vectorBinary(0x6e),
  /** Sums of unsigned bytes; 255 where they would be more. */
  addUnsigned: vectorBinary(0x70),
  sub: vectorBinary(0x71),
}

/** Vectors of eight 16-bit integers. */
export const i16x8: Readonly<Record<'shr', Binary>> = {
  shr: vectorBinary([0x8d, 0x01]),
}

/** Vectors of four 32-bit integers. */
export const i32x4: Readonly<Record<'bitmask', Unary> & Record<'add' | 'sub' | 'dot', Binary>> = {
  bitmask: vectorUnary([0xa4, 0x01]),
  add: vectorBinary([0xae, 0x01]),
  sub: vectorBinary([0xb1, 0x01]),
  /** Sums of the products of pairs of 16-bit integers. */
  dot: vectorBinary([0xba, 0x01]),
}

/** Vectors of two 64-bit integers. */
export const i64x2: Readonly<
  Record<'splat', Unary> & {
    extract(value: Code, lane: number): Code
    replace(value: Code, lane: number, by: Code): Code
  }
> = {
  splat: vectorUnary(0x12),
  extract: (value: Code, lane: number): Code => [value, vector, 0x1d, lane],
  replace: (value: Code, lane: number, by: Code): Code => [value, by, vector, 0x1e, lane],
}
