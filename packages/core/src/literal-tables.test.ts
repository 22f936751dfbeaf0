/** Literals by number: which choices become a table, and that every engine writes what it says. */
import { describe, expect, test } from 'vitest'
import { choose, rest } from './combinators.ts'
import { compilePlan } from './compile-plan.ts'
import { parseFormat } from './format.ts'
import { createBothLanes, mappingOf } from './lanes.test-support.ts'
import type { Template } from './mapping.ts'

const format = 'protocol srcport version bytes'
const names = { 0: 'zero', 6: 'tcp', 17: 'é', 255: 'last' }
const members = { 1: { a: 1 }, 2: { a: 2, b: 'two' }, 22: {}, 443: { c: true }, 999: { a: 999 } }

/** How many tables the plan has, and how many choices go on elsewhere by case. */
function tablesOf(template: Template): readonly number[] {
  const plan = compilePlan(mappingOf(template), parseFormat(format))!
  return [plan.literalTables.length, plan.tables.length]
}

test.each<[string, Template, readonly number[]]>([
  ['a byte', { p: choose('protocol', names) }, [1, 0]],
  ['members', choose('srcport', members, { a: 0 }), [1, 0]],
  ['several', { p: choose('protocol', names), v: choose('version', names) }, [2, 0]],
  ['few cases', { p: choose('protocol', { 6: 'tcp', 17: 'udp', 1: 'icmp' }) }, [0, 1]],
  ['a case with four digits', { p: choose('srcport', { ...names, 1000: 'x' }) }, [0, 1]],
  ['a case with a leading zero', { p: choose('protocol', { ...names, '07': 'x' }) }, [0, 1]],
  ['a long literal', { p: choose('protocol', { ...names, 1: 'x'.repeat(255) }) }, [0, 1]],
  ['a case that is not constant', choose('protocol', { ...members, 1: { rest } }), [0, 1]],
  ['an integer that no scanner reads', { p: choose('bytes', names) }, [0, 1]],
])('%s', (_, template, expected) => {
  expect(tablesOf(template)).toEqual(expected)
})

describe('lines', () => {
  const values = ['-', 0, 1, 2, 6, 17, 22, 255, 443, 999, 1000, 65_535]
  const lines = values.flatMap((value) =>
    values.map((other) => `${Number(value) > 255 ? 6 : value} ${other} ${value} 7`),
  )

  test('with and without a literal, which says what is left over', () => {
    const template = {
      of: { p: choose('protocol', names), v: choose('version', names, 'other', 'none') },
      unmapped: rest,
    }
    const { lanes, output } = createBothLanes({ format, mapping: mappingOf(template) })(
      [...lines, ...lines].join('\n'),
    )
    expect(lanes).toEqual({ kernel: lines.length * 2 })
    expect(output).toContain('{"of":{"p":"é","v":"é"},"unmapped":{"srcport":"999","bytes":"7"}}\n')
    expect(output).toContain('{"of":{"v":"none"},"unmapped":{"srcport":"1000","bytes":"7"}}\n')
  })

  test('with members, some of them none', () => {
    const template = choose('srcport', members, { a: 0 }, { a: -1 })
    const { lanes, output } = createBothLanes({ format, mapping: mappingOf(template) })(
      ['6 2 2 7', '6 22 2 7', '6 1000 2 7', '6 - 2 7', ...lines].join('\n'),
    )
    expect(lanes).toEqual({ kernel: lines.length + 4 })
    expect(output.split('\n').slice(0, 4)).toEqual([
      '{"a":2,"b":"two"}',
      '{}',
      '{"a":0}',
      '{"a":-1}',
    ])
  })
})
