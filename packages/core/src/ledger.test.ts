import { describe, expect, test } from 'vitest'
import { addLedger, count, emptyLedger, isBalanced, type Ledger, ledgerColumns } from './ledger.ts'

const some: Ledger = {
  lines: 45,
  emitted: 1,
  nodata: 2,
  skipdata: 3,
  filtered: 4,
  merged: 5,
  rejected: 6,
  header: 7,
  blank: 8,
  control: 9,
  rejections: { bad_integer: 2, no_time: 4 },
  filters: { internal: 4 },
  notes: { crlf: 3 },
  lanes: { kernel: 10, object: 3 },
}

describe('emptyLedger', () => {
  test('has every column at 0', () => {
    expect(emptyLedger()).toStrictEqual({
      lines: 0,
      emitted: 0,
      nodata: 0,
      skipdata: 0,
      filtered: 0,
      merged: 0,
      rejected: 0,
      header: 0,
      blank: 0,
      control: 0,
      rejections: {},
      filters: {},
      notes: {},
      lanes: {},
    })
  })
})

describe('addLedger', () => {
  test('adds column by column and name by name, and leaves the second as it was', () => {
    const into = structuredClone(some)
    const from: Ledger = {
      ...emptyLedger(),
      lines: 4,
      emitted: 1,
      filtered: 1,
      rejected: 2,
      rejections: { bad_integer: 1, bad_address: 1 },
      filters: { health: 1 },
      notes: { crlf: 1, spacing: 2 },
      lanes: { object: 2 },
    }
    const before = structuredClone(from)
    addLedger(into, from)
    expect(into).toStrictEqual({
      ...some,
      lines: 49,
      emitted: 2,
      filtered: 5,
      rejected: 8,
      rejections: { bad_integer: 3, no_time: 4, bad_address: 1 },
      filters: { internal: 4, health: 1 },
      notes: { crlf: 4, spacing: 2 },
      lanes: { kernel: 10, object: 5 },
    })
    expect(from).toStrictEqual(before)
  })
})

describe('isBalanced', () => {
  test('holds when the columns add up to the lines', () => {
    expect([isBalanced(emptyLedger()), isBalanced(some)]).toEqual([true, true])
  })

  test.each(['lines', ...ledgerColumns] as const)('fails when %s is off by one', (column) => {
    expect(isBalanced({ ...some, [column]: some[column] + 1 })).toBe(false)
  })

  test('fails when a break-down does not add up to its column', () => {
    expect(isBalanced({ ...some, rejections: { bad_integer: 5 } })).toBe(false)
    expect(isBalanced({ ...some, filters: {} })).toBe(false)
  })
})

describe('count', () => {
  test('puts one line in one column', () => {
    const ledger = emptyLedger()
    for (const column of ledgerColumns) count(ledger, column)
    const ones = Object.fromEntries(ledgerColumns.map((column) => [column, 1]))
    expect(ledger).toStrictEqual({ ...emptyLedger(), ...ones, lines: 9 })
  })
})
