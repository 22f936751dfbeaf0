/** Writes the cells of lines, of which records are made. */
import type { Column, Format } from './format.ts'
import { absent, cellLayout, keptPlaces, widthBits } from './kernel-cell-layout.ts'
import type { KernelLine } from './kernel-check.ts'
import type { Constants } from './kernel-constants.ts'
import { numberReader, secondsReader, shortNumber } from './kernel-number.ts'
import { textCell } from './kernel-texts.ts'
import { branchIf, type Code, eitherValue, label, loop, select, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction, type WasmModule } from './wasm-module.ts'
import { f64, i8x16, i32, i64, v128 } from './wasm-operations.ts'

type Call = (...values: readonly Code[]) => Code

/** The code that writes cells. */
export interface Cells {
  /** Begins a block. */
  readonly init: Code
  /** Writes the cells of a line. */
  readonly write: Code
}

/** Prepares a function to write the cells of its lines. */
export function createCells(
  made: WasmFunction,
  { columns }: Format,
  module: WasmModule,
  constants: Constants,
  line: KernelLine,
): Cells {
  const at = made.local('i32')
  const from = made.local('i32')
  const wide = made.local('i32')
  const value = made.local('i64')
  const seconds = module.add(secondsReader())
  const number = module.add(numberReader())
  const add = module.add(newValue())
  const addText = module.add(newText(add))
  const text = module.add(textCell(cellLayout.textSlots, constants, addText))
  const address = module.add(textCell(cellLayout.addressSlots, constants, addText))
  const addresses = [...columns.keys()].filter((column) => columns[column]?.kind === 'address')

  const store = (column: number, cell: Code): Code => i32.store(at.get, cell, column * 4)

  /** Whether two columns have the same text of at most 16 bytes. */
  function isSame(column: number, other: number): Code {
    const bytesOf = (each: number): Code => v128.load(line.before(each), 1)
    const unequal = i32.xor(i8x16.bitmask(i8x16.eq(bytesOf(column), bytesOf(other))), i32.of(-1))
    return i32.and(
      i32.eq(line.widthAndOne(column), line.widthAndOne(other)),
      i32.lt(line.widthAndOne(column), i32.add(i32.ctz(unequal), i32.of(2))),
    )
  }

  function addressCell(column: number): Code {
    const cell = address(line.before(column), line.after(column))
    // The addresses of the packet come after the two of the flow, and are mostly the same.
    const other = addresses[addresses.indexOf(column) - 2]
    if (other === undefined) return cell
    return eitherValue(isSame(column, other), i32.load(at.get, other * 4), cell)
  }

  function storeNumber({ kind }: Column, column: number): Code {
    const begin = from.set(i32.add(line.before(column), i32.of(1)))
    if (kind === 'uint8' || kind === 'uint16') {
      const digits = i32.wrap(shortNumber(from.get, line.after(column)))
      return [begin, store(column, select(line.isAbsent(column), i32.of(absent), digits))]
    }
    return [
      begin,
      store(column, i32.of(absent)),
      when(
        i32.eqz(line.isAbsent(column)),
        value.set(kind === 'seconds' ? seconds(from.get) : number(from.get, line.after(column))),
        store(column, i32.wrap(value.get)),
        when(
          i64.gt(value.get, i64.of(0x7fffffffn)),
          f64.store(wide.get, f64.convert(value.get)),
          wide.set(i32.add(wide.get, i32.of(8))),
          store(column, add(i32.of(0))),
        ),
      ),
    ]
  }

  function storeCell(column: Column, index: number): Code {
    if (column.kind === 'text') return store(index, text(line.before(index), line.after(index)))
    return column.kind === 'address' ? store(index, addressCell(index)) : storeNumber(column, index)
  }

  const zero = i32.of(0)
  return {
    init: [
      at.set(i32.of(cellLayout.cells)),
      wide.set(i32.of(cellLayout.wide)),
      i32.store(zero, i32.of(cellLayout.words), cellLayout.wordsEnd),
      i32.store(zero, i32.of(cellLayout.texts), cellLayout.textsEnd),
      i64.store(zero, i64.add(i64.load(zero, cellLayout.block), i64.of(1n)), cellLayout.block),
    ],
    write: [columns.map(storeCell), at.set(i32.add(at.get, i32.of(columns.length * 4)))],
  }
}

/** `(word)` → the cell of a new value. */
function newValue(): WasmFunction {
  const made = createFunction(['i32'], ['i32'])
  const [word] = made.parameters as [Local]
  const at = made.local('i32')
  const index = i32.shr(i32.sub(at.get, i32.of(cellLayout.words)), i32.of(2))
  made.body = [
    at.set(i32.load(i32.of(0), cellLayout.wordsEnd)),
    i32.store(at.get, word.get),
    i32.store(i32.of(0), i32.add(at.get, i32.of(4)), cellLayout.wordsEnd),
    i32.xor(i32.add(index, i32.of(keptPlaces)), i32.of(-1)),
  ]
  return made
}

/** `(from, width, place)` → the cell of a new text, which is copied behind the others. */
function newText(add: Call): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [from, width, place] = made.parameters as [Local, Local, Local]
  const to = made.local('i32')
  const end = made.local('i32')
  const next = label('next 16 bytes')
  made.body = [
    to.set(i32.load(i32.of(0), cellLayout.textsEnd)),
    end.set(i32.add(to.get, width.get)),
    i32.store(i32.of(0), end.get, cellLayout.textsEnd),
    loop(
      next,
      v128.store(to.get, v128.load(from.get)),
      from.set(i32.add(from.get, i32.of(16))),
      to.set(i32.add(to.get, i32.of(16))),
      branchIf(next, i32.lt(to.get, end.get)),
    ),
    add(i32.or(i32.shl(place.get, i32.of(widthBits)), width.get)),
  ]
  return made
}
