/** What is special about the kernel: its blocks and its memory. */
import { createRandom } from '@flowlogs/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createTransform,
  datetime,
  duration,
  id,
  is,
  line,
  number,
  object,
  origin,
  recordMapping,
  rest,
  type Template,
  text,
} from './index.ts'
import { blockBytes, maxDescribed, maxRules, originTextBytes } from './kernel-layout.ts'
import { createBothLanes, mappingOf } from './lanes.test-support.ts'

function lanesOf(format: string, template: Template, input: string) {
  return createBothLanes({ format, mapping: mappingOf(template) })(input).lanes
}

describe('blocks', () => {
  const format = 'bytes tenant-id'

  test('end anywhere in a line', () => {
    const run = createBothLanes({ format, mapping: recordMapping, maxLineLength: blockBytes })
    // The block ends at each place of the last line that no longer fits, and right behind one.
    for (let length = 0; length < 24; length++) {
      const first = `7 ${'x'.repeat(blockBytes - 40 + length)}`
      const { lanes } = run(`${first}\n8 abcdefghijkl\n9 ${'y'.repeat(40)}\n10 z\n`)
      expect(lanes).toEqual({ kernel: 4 })
    }
  })

  test('may hold no whole line', () => {
    const run = createBothLanes({ format, mapping: recordMapping, maxLineLength: blockBytes * 2 })
    const fits = `7 ${'x'.repeat(blockBytes - 3)}`
    expect(run(`8 y\n${fits}\n8 y`).lanes).toEqual({ kernel: 3 })
    expect(run(`8 y\n${fits}x\n8 y`).lanes).toEqual({ kernel: 2, object: 1 })
  })

  test('of short and long lines that have the right number of values together', () => {
    const lines = ['1 a', '2 b c', '3', '4 d', '5', '6 e f', 'g\n7', '8 9 10 h']
    const random = createRandom(70)
    const run = createBothLanes({ format, mapping: recordMapping })
    for (let round = 0; round < 300; round++) {
      run(Array.from({ length: 6 }, () => random.pick(lines)).join('\n'))
    }
    expect(lanesOf(format, { n: number('bytes') }, '1 a\n2\n3 b c\n4 d')).toEqual({
      kernel: 2,
      object: 2,
    })
  })

  test('with a quote in each of them are still the kernel’s', () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, at) => `${at} ${at % 1000 === 500 ? '"' : 'x'}`,
    )
    expect(lanesOf(format, { n: number('bytes') }, lines.join('\n'))).toEqual({
      kernel: 49_950,
      object: 50,
    })
  })

  test('of nothing but delimiters', () => {
    const run = createBothLanes({ format, mapping: recordMapping })
    for (const text of ['\n'.repeat(500), ' '.repeat(300), '"'.repeat(300), '- -\n'.repeat(400)]) {
      run(`1 a\n${text}\n2 b\n`)
    }
  })
})

describe('the memory', () => {
  test('is used by many formats in turns', () => {
    const mapping = mappingOf({ uid: id, unmapped: rest })
    const formats = ['bytes region', 'srcaddr bytes', 'start end action', 'bytes packets x']
    const lines = ['7 x\n8 -', '10.0.0.1 7\n::1 8', '1763700000 1763700060 ACCEPT', '1 2 3']
    const input = Array.from({ length: 12 }, (_, at) => `${formats[at % 4]}\n${lines[at % 4]}`)
    const { lanes } = createBothLanes({ mapping })(input.join('\n'))
    expect(lanes).toEqual({ kernel: 18, object: 12 })
  })

  test('does not take one input for another in the same buffer', () => {
    const mapping = mappingOf({ n: number('bytes'), unmapped: rest })
    const results = (['kernel', 'object'] as const).map((engine) => {
      const transform = createTransform({ format: 'bytes region', mapping, engine })
      const decode = (text: string) => Buffer.from(transform(text).output).toString()
      return [
        decode('1 a\n07 b\n'),
        decode('2 c\n3 d\n08 e\n'),
        decode('bytes action\n1 ACCEPT\n"\nbytes region\n4 f\n5 "\n'),
        decode('bytes log-status\n"\n6 OK\nbytes region\n7 g\n'),
      ]
    })
    expect(results[0]).toEqual(results[1])
  })

  test('has room for an output of any size, in several pieces', () => {
    const template = object({ raw: line }, { twice: [line, line, line] })
    const long = Array.from({ length: 90 }, (_, at) => `${at} ${'x'.repeat(30_000)}`)
    const short = Array.from({ length: 40_000 }, (_, at) => `${at} ${'y'.repeat(at % 50)}z`)
    expect(lanesOf('bytes tenant-id', template, [...long, '07 x', ...short].join('\n'))).toEqual({
      kernel: 40_090,
      object: 1,
    })
  })

  test('describes more events than it has room for at once', () => {
    const count = maxDescribed * 2 + 3
    const lines = Array.from(
      { length: count },
      (_, at) => `${at} 17637000${10 + (at % 90)} a${at % 3}`,
    )
    expect(lanesOf('bytes start account-id', { n: number('bytes') }, lines.join('\n'))).toEqual({
      kernel: count,
    })
  })

  test('leaves lines with an origin that is too long to the object lane', () => {
    const template = { n: number('bytes'), key: text(origin('key')) }
    const transform = createTransform({ format: 'bytes', mapping: mappingOf(template) })
    const longest = Math.floor(originTextBytes / 3)
    for (const [length, lane] of [
      [longest, 'kernel'],
      [longest + 1, 'object'],
    ] as const) {
      const key = 'k'.repeat(length)
      const { output, ledger } = transform('7\n8', { key })
      expect(ledger.lanes).toEqual({ [lane]: 2 })
      expect(Buffer.from(output).toString()).toBe(
        `{"n":7,"key":"${key}"}\n{"n":8,"key":"${key}"}\n`,
      )
    }
  })

  test('takes an origin for each line, even if asking for it runs a transform', () => {
    const template = { uid: id, key: text(origin('key')), at: datetime(origin('timestamp')) }
    const other = createTransform({ format: 'bytes tenant-id', mapping: recordMapping })
    const run = createBothLanes({ format: 'bytes tenant-id', mapping: mappingOf(template) })
    const lines = Array.from({ length: 50 }, (_, at) => `${at} ${at === 20 ? '"' : 'x'}`)
    const { lanes } = run(lines.join('\n'), (index) => {
      other('1 2\n3 4')
      return { line: index, key: `k${index % 3}€`, timestamp: 1_763_700_061_000 + index }
    })
    expect(lanes).toEqual({ kernel: 49, object: 1 })
  })

  test('has no room for the counts of very many filter rules', () => {
    const lanesWith = (rules: number) => {
      const filter = Array.from({ length: rules }, (_, rule) => ({
        name: `${rule}`,
        drop: is('bytes', `${rule}`),
      }))
      return createTransform({ format: 'bytes', mapping: recordMapping, filter })('7\n8').ledger
    }
    expect(lanesWith(maxRules)).toMatchObject({ filters: { 7: 1, 8: 1 }, lanes: { kernel: 2 } })
    expect(lanesWith(maxRules + 1)).toMatchObject({
      filters: { 7: 1, 8: 1 },
      lanes: { portable: 2 },
    })
  })
})

test('times, durations and ids are the same for any time and any length', () => {
  const template = { at: datetime('start'), took: duration('start', 'end'), uid: id, of: rest }
  const run = createBothLanes({ format: 'start end tenant-id', mapping: mappingOf(template) })
  const time = fc.integer({ min: 1_000_000_000, max: 9_999_999_999 })
  const value = fc.string({
    minLength: 1,
    maxLength: 80,
    unit: fc.constantFrom('a', '-', ':', '7'),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(time, time, value), { maxLength: 20 }), (rows) => {
      const lines = rows.map((row) => row.join(' '))
      const { lanes } = run(lines.join('\n'))
      expect(lanes).toEqual(rows.length > 0 ? { kernel: rows.length } : {})
    }),
    { numRuns: 300 },
  )
})

test('a value that is in the event many times has room for all of them', () => {
  const template = { of: Array.from({ length: 30 }, () => text('tenant_id')) }
  const lines = Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(at * 3000)}y`)
  expect(lanesOf('bytes tenant-id', template, lines.join('\n'))).toEqual({ kernel: 20 })
})
