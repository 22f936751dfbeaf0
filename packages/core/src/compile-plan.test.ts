import {
  type Combinators,
  createRandom,
  createRandomMapping,
  randomFormat,
} from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { compilePlan } from './compile-plan.ts'
import * as core from './index.ts'
import { instructionsOf, op, type Plan } from './plan.ts'

const { createMapping, is, number, object, parseFormat, present, recordMapping, rest, text, when } =
  core
const names = new Map<number, string>(Object.entries(op).map(([name, code]) => [code, name]))

/** A plan as people read it: an instruction a line, literals in place. */
function listing(template: core.Template, format: string): readonly string[] {
  const plan = compilePlan(createMapping({ name: 'test', template }), parseFormat(format))
  let pc = 0
  return instructionsOf(plan?.code ?? []).map(([kind = -1, ...operands]) => {
    const place = pc
    pc += 1 + operands.length
    const literal = kind === op.literal ? [JSON.stringify(plan?.literals[operands[0]!])] : operands
    return [`${place}:`, names.get(kind), ...literal].join(' ')
  })
}

describe('the plan of a mapping', () => {
  test('merges what is certain to one literal, and branches where a value may be absent', () => {
    expect(listing({ a: 1, b: { c: 'x', n: number('bytes') }, d: true }, 'bytes')).toEqual([
      '0: literal "{\\"a\\":1,\\"b\\":{\\"c\\":\\"x\\","',
      '2: ifPresent 0 11',
      '5: literal "\\"n\\":"',
      '7: copy 0',
      '9: literal ","',
      '11: closeFull 3',
      '13: literal "\\"d\\":true},"',
      '15: end',
    ])
  })

  test('has nothing of what the format decides', () => {
    const template = object(when(present('bytes'), { a: 1 }, { a: 2 }), { b: text('action') })
    expect(listing(template, 'start')).toEqual(['0: literal "{\\"a\\":2},"', '2: end'])
  })

  test('asks the rules first, then what is kept out, then what is required', () => {
    const mapping = createMapping({
      name: 'test',
      keepOut: [{ column: 'skipdata', condition: is('action', 'x') }],
      requires: [{ code: 'no_time', fields: ['bytes'], condition: present('bytes') }],
      template: { a: 1 },
    })
    const plan = compilePlan(mapping, parseFormat('bytes action'), [is('action', 'y')])
    const kinds = instructionsOf(plan?.code ?? []).map(([kind = -1]) => names.get(kind))
    expect(kinds.filter((kind) => kind !== 'jump')).toEqual([
      'ifText',
      'filter',
      'ifText',
      'keepOut',
      'ifPresent',
      'bail',
      'literal',
      'end',
    ])
  })
})

describe('there is no plan', () => {
  test('for a format of text alone, whose lines cannot be told from headers', () => {
    expect(compilePlan(recordMapping, parseFormat('account-id action tenant-id'))).toBeUndefined()
    const transform = core.createTransform({ format: 'action account-id', mapping: recordMapping })
    expect(transform('ACCEPT 1\naction account-id\nREJECT 2').ledger).toEqual({
      ...core.emptyLedger(),
      lines: 3,
      emitted: 2,
      header: 1,
      lanes: { object: 3 },
    })
  })

  test('for a template that may write an attribute twice', () => {
    const twice = object({ a: 1 }, when(present('bytes'), { a: 2 }))
    expect(listing(twice, 'bytes start')).toEqual([])
    expect(listing(object({ bytes: 1 }, core.allFields), 'bytes')).toEqual([])
    expect(listing(object({ bytes: number('packets') }, rest), 'bytes packets')).toEqual([])
    // The field is carried whenever it is there, so that the rest never holds it.
    expect(listing(object({ bytes: number('bytes') }, rest), 'bytes packets')).not.toEqual([])
  })

  test('but for any number of fields that only some events carry', () => {
    const columns = parseFormat('v11').columns.slice(0, 50)
    const attributes = columns.map(({ key }) => [key, when(is('action', 'ACCEPT'), text(key))])
    const template = { ...Object.fromEntries(attributes), unmapped: rest }
    const mapping = createMapping({ name: 'test', template })
    expect(compilePlan(mapping, parseFormat('v11'))?.bits).toBe(50)
  })
})

describe('every plan', () => {
  const random = createRandom(90)
  const plans = Array.from({ length: 300 }, (): Plan | undefined => {
    const columns = randomFormat(core.fields, random)
    const make = createRandomMapping(columns, random, core as unknown as Combinators)
    try {
      const template = make.template() as core.Template
      const mapping = createMapping({ name: 'random', template })
      const format = parseFormat(columns.map(({ name }) => name).join(' '))
      return compilePlan(mapping, format, [make.condition() as core.Condition])
    } catch {
      return undefined
    }
  }).filter((plan) => plan !== undefined)

  test('is there', () => {
    expect(plans.length).toBeGreaterThan(200)
  })

  test('is made of known instructions, and goes on only at instructions', () => {
    for (const { code, tables } of plans) {
      const instructions = instructionsOf(code)
      expect(instructions.flat()).toEqual(code)
      const starts = new Set<number>()
      let position = 0
      for (const instruction of instructions) {
        starts.add(position)
        position += instruction.length
      }
      const targets = instructions.flatMap(([kind = -1, ...operands]) => {
        const name = names.get(kind) ?? `unknown ${kind}`
        expect(name).not.toContain('unknown')
        return /^(?:if[A-Z]|jump|choose|literals|communityId)/.test(name) ? operands.slice(-1) : []
      })
      const all = [...targets, ...tables.flatMap(({ cases }) => cases.map(({ pc }) => pc))]
      expect(all.filter((target) => !starts.has(target))).toEqual([])
      expect(instructions.at(-1)).toEqual([op.end])
    }
  })

  test('holds each literal once, and plain JSON', () => {
    for (const plan of plans) {
      expect(new Set(plan.literals).size).toBe(plan.literals.length)
      expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan)
    }
  })
})
