/** Bits in locals. */
import type { Code } from './wasm-code.ts'
import type { Local, WasmFunction } from './wasm-module.ts'
import { i64 } from './wasm-operations.ts'

/** Bits that a line sets. */
export interface BitSet {
  readonly clear: Code
  set(bit: number): Code
  has(bit: number): Code
}

/** Bits in locals of 64. */
export function createBitSet(made: WasmFunction, size: number): BitSet {
  const words = Array.from({ length: Math.ceil(size / 64) }, () => made.local('i64'))
  const wordOf = (bit: number): Local => words[Math.floor(bit / 64)] as Local
  const maskOf = (bit: number): Code => i64.of(1n << BigInt(bit % 64))
  return {
    clear: words.map((word) => word.set(i64.of(0n))),
    set: (bit) => wordOf(bit).set(i64.or(wordOf(bit).get, maskOf(bit))),
    has: (bit) => i64.ne(i64.and(wordOf(bit).get, maskOf(bit)), i64.of(0n)),
  }
}
