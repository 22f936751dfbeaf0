import {
  type Combinators,
  createLineGenerator,
  createRandom,
  createRandomMapping,
  randomFormat,
} from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { carriageOf } from './carriage.ts'
import * as core from './index.ts'
import { toNode } from './mapping.ts'
import { specialise } from './specialise.ts'

const { choose, differs, distinct, is, milliseconds, number, present, text, when } = core

function carriage(template: core.Template) {
  const { always, sometimes } = carriageOf(toNode(template))
  return { always: [...always].sort(), sometimes: [...sometimes].sort() }
}

describe('a field is carried', () => {
  test('always where it comes first, and sometimes after another', () => {
    expect(carriage({ a: text('pkt_srcaddr', 'srcaddr'), b: number('bytes') })).toEqual({
      always: ['bytes', 'pkt_srcaddr'],
      sometimes: ['srcaddr'],
    })
    expect(carriage([milliseconds(core.origin('timestamp'), 'start')])).toEqual({
      always: [],
      sometimes: ['start'],
    })
  })

  test('sometimes inside a condition, unless both ways carry it', () => {
    expect(carriage({ a: when(differs('srcaddr', 'dstaddr'), text('srcaddr')) })).toEqual({
      always: [],
      sometimes: ['srcaddr'],
    })
    const both = when(present('bytes'), { a: text('x'), b: text('y') }, { c: number('x') })
    expect(carriage({ both })).toEqual({ always: ['x'], sometimes: ['y'] })
  })

  test('by a choice that names its value, and always if the other values carry it too', () => {
    const cases = { ACCEPT: 1, REJECT: 2 }
    expect(carriage({ a: choose('action', cases) })).toEqual({ always: [], sometimes: ['action'] })
    expect(carriage({ a: choose('action', cases, text('action')) })).toEqual({
      always: ['action'],
      sometimes: [],
    })
    expect(carriage({ a: choose('action', { ACCEPT: text('x') }, text('x'), 'none') })).toEqual({
      always: [],
      sometimes: ['action', 'x'],
    })
  })

  test('even by an item that repeats another', () => {
    expect(carriage([distinct('v', [{ v: text('srcaddr') }, { v: text('dstaddr') }])])).toEqual({
      always: ['dstaddr', 'srcaddr'],
      sometimes: [],
    })
  })

  test('in a document by the document alone, and never by a question', () => {
    const template = { a: core.document({ b: text('x') }), c: when(is('y', '1'), true) }
    expect(carriage(template).always).toEqual([])
  })
})

test('what is always carried is never among the rest of a line that the engine takes', () => {
  const random = createRandom(70)
  let seen = 0
  for (let round = 0; round < 150; round++) {
    const columns = randomFormat(core.fields, random)
    const make = createRandomMapping(columns, random, core as unknown as Combinators)
    let mapping: core.Mapping
    try {
      const body = { body: make.template() as core.Template }
      mapping = core.createMapping({ name: 'random', template: { ...body, unmapped: core.rest } })
    } catch {
      continue
    }
    const format = columns.map(({ name }) => name).join(' ')
    const keys = new Set(core.parseFormat(format).columns.map(({ key }) => key))
    const { always } = carriageOf(specialise(mapping, keys).template)
    const transform = core.createTransform({ format, mapping, engine: 'object' })
    const engine = core.createTransform({ format, mapping })
    const generate = createLineGenerator(columns, random)
    for (let count = 0; count < 20; count++) {
      const line = generate().join(' ')
      if (engine(line).ledger.lanes.kernel !== 1) continue
      const { unmapped = {} } = JSON.parse(new TextDecoder().decode(transform(line).output))
      expect(Object.keys(unmapped).filter((key) => always.has(key))).toEqual([])
      seen++
    }
  }
  expect(seen).toBeGreaterThan(300)
})
