import {
  type Combinators,
  createLineGenerator,
  createRandom,
  createRandomMapping,
  randomFormat,
} from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { compileNode } from './evaluate.ts'
import { createIdentify } from './id.ts'
import * as core from './index.ts'
import { decide, specialise } from './specialise.ts'

const { all, any, choose, createMapping, differs, is, not, number, object, present, text, when } =
  core

function templateFor(template: core.Template, ...keys: readonly string[]) {
  return specialise(createMapping({ name: 'test', template }), new Set(keys)).template
}

describe('what a format cannot give vanishes', () => {
  test('sources, attributes, objects and lists', () => {
    const template = {
      ip: text('pkt_srcaddr', 'srcaddr'),
      port: number('srcport'),
      deep: { list: [number('dstport')] },
    }
    expect(templateFor(template, 'srcaddr')).toEqual({
      op: 'object',
      parts: [{ attribute: 'ip', node: { op: 'text', sources: ['srcaddr'] } }],
    })
    expect(templateFor(template, 'action')).toBeUndefined()
  })

  test('branches that are decided, and the choice of an absent field', () => {
    const template = object(
      when(present('bytes'), { a: 1 }, { a: 2 }),
      choose('action', { ACCEPT: { b: 1 } }, { b: 2 }, { b: 3 }),
    )
    expect(templateFor(template, 'start')).toEqual({
      op: 'object',
      parts: [
        { attribute: 'a', node: { op: 'constant', value: 2 } },
        { attribute: 'b', node: { op: 'constant', value: 3 } },
      ],
    })
  })

  test('a branch that says nothing turns its condition around', () => {
    const template = { a: when(present('bytes'), text('x'), 'no bytes') }
    expect(templateFor(template, 'bytes')).toEqual({
      op: 'object',
      parts: [
        {
          attribute: 'a',
          node: {
            op: 'when',
            condition: { test: 'not', condition: present('bytes') },
            node: { op: 'constant', value: 'no bytes' },
          },
        },
      ],
    })
  })
})

describe('a condition is decided', () => {
  const keys = new Set(['action', 'bytes'])
  test.each([
    [is('x', '1'), false],
    [is('action', 'ACCEPT'), is('action', 'ACCEPT')],
    [differs('action', 'x'), false],
    [not(present('x')), true],
    [all(present('x'), present('bytes')), false],
    [all(not(present('x')), present('bytes')), present('bytes')],
    [any(present('x'), present('bytes')), present('bytes')],
    [any(not(present('x')), present('bytes')), true],
    [any(), false],
    [all(), true],
    [present(core.origin('account')), present(core.origin('account'))],
    [core.hasTime('start', core.origin('timestamp')), core.hasTime(core.origin('timestamp'))],
    [core.family(4, 'srcaddr', 'bytes'), core.family(4, 'bytes')],
  ])('%j', (condition, expected) => {
    expect(decide(condition, keys)).toEqual(expected)
  })
})

test('a template that was cut down gives what the whole one gives', () => {
  const random = createRandom(80)
  const origin = { account: '1', timestamp: 1_763_700_061_000 }
  for (let round = 0; round < 200; round++) {
    const columns = randomFormat(core.fields, random)
    const format = core.parseFormat(columns.map(({ name }) => name).join(' '))
    // Many of the sources are of another format.
    const make = createRandomMapping(
      [...columns.slice(0, 4), ...core.fields],
      random,
      core as unknown as Combinators,
    )
    let mapping: core.Mapping
    try {
      mapping = createMapping({ name: 'random', template: make.template() as core.Template })
    } catch {
      continue
    }
    const keys = new Set(format.columns.map(({ key }) => key))
    const { template } = specialise(mapping, keys)
    const identify = createIdentify(format)
    const [whole, reduced] = [mapping.template, template].map(
      (node) => node && compileNode(node, format, identify),
    )
    const { parse } = core.createParser(format)
    const generate = createLineGenerator(columns, random)
    for (let count = 0; count < 10; count++) {
      const line = generate().join(' ')
      const record = parse(line)
      if (core.isRejection(record)) throw new Error(JSON.stringify(record))
      const state = { record, origin, line, text: line, now: 1_763_700_062_345 }
      const expected = whole?.({ ...state, carried: new Set() })
      expect(reduced?.({ ...state, carried: new Set() })).toStrictEqual(expected)
    }
  }
})
