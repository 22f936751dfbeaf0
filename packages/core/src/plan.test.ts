import { createLineGenerator, createRandom } from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { createAssembler } from './assembler.ts'
import {
  choose,
  distinct,
  id,
  milliseconds,
  number,
  object,
  origin,
  rest,
  text,
} from './combinators.ts'
import { compilePlan } from './compile-plan.ts'
import { parseFormat } from './format.ts'
import { createJoinLines } from './lines.ts'
import { createMapping } from './mapping.ts'
import { createOutput, take } from './output.ts'
import { instructionsOf, op, type Plan } from './plan.ts'
import { createPortableEngine } from './portable.ts'

const format = parseFormat('v5')
const template = object(choose('action', { ACCEPT: { a: 1 } }, { a: 2 }), {
  time: milliseconds('start', 'end'),
  port: number('srcport'),
  ips: distinct('ip', [{ ip: text('pkt_srcaddr', 'srcaddr') }, { ip: text('dstaddr') }]),
  group: text(origin('logGroup')),
  uid: id,
  unmapped: rest,
})

/** What the portable engine makes of a block. */
function run(plan: Plan, line: string) {
  const { bytes, length } = createJoinLines()(new Uint8Array(0), Buffer.from(line))
  const engine = createPortableEngine(plan, format, { maxLineLength: 65_536 })
  const output = createOutput()
  const tally = { lines: 0, emitted: 0, keptOut: [], filtered: [] }
  const originAt = () => ({ logGroup: '/aws/vpc' })
  const stopped = engine.run(bytes, 0, length, {
    output,
    tally,
    originAt,
    index: 0,
    call: 1,
    now: 0,
  })
  return { stopped, tally, output: new TextDecoder().decode(take(output).output) }
}

test('a plan that went through JSON runs the same', () => {
  const plan = compilePlan(createMapping({ name: 'test', template }), format) as Plan
  const generate = createLineGenerator(format.columns, createRandom(100))
  const lines = Array.from({ length: 20 }, () => generate().join(' '))
  for (const line of lines) {
    expect(run(JSON.parse(JSON.stringify(plan)), line)).toEqual(run(plan, line))
  }
  const all = lines.map((line) => run(plan, line).tally.emitted)
  expect(all.filter(Boolean).length).toBeGreaterThan(8)
})

test('every instruction is decoded with its operands', () => {
  const code = Object.values(op)
  expect(new Set(code).size).toBe(code.length)
  const filler = Array.from({ length: 8 }, () => 0)
  for (const kind of code) {
    const [first] = instructionsOf([kind, ...filler])
    expect(first?.[0]).toBe(kind)
  }
  expect(instructionsOf([op.literal, 3, op.end])).toEqual([[op.literal, 3], [op.end]])
})

describe('the assembler', () => {
  test('merges literals unless something can jump between them', () => {
    const assembler = createAssembler()
    assembler.literal('{"a":1,')
    assembler.literal('"b":2,')
    const label = assembler.label()
    assembler.branch(label, op.ifPresent, 0)
    assembler.literal('"c":3,')
    assembler.place(label)
    assembler.literal('"d":4,')
    assembler.closeFull('},')
    assembler.emit(op.end)
    const { code, literals } = assembler.finish('test')
    expect(instructionsOf(code)).toEqual([
      [op.literal, 0],
      [op.ifPresent, 0, 7],
      [op.literal, 1],
      [op.literal, 2],
      [op.end],
    ])
    expect(literals).toEqual(['{"a":1,"b":2,', '"c":3,', '"d":4},'])
  })

  test('counts how deep objects are, and the bytes of literals', () => {
    const assembler = createAssembler()
    const outer = assembler.open('{')
    const inner = assembler.open('"é":{')
    assembler.close(inner, '},')
    assembler.close(outer, '},')
    const next = assembler.open('{')
    assembler.close(next, '},')
    const plan = assembler.finish('test')
    expect([outer, inner, next, plan.slots]).toEqual([0, 1, 0, 2])
    expect(plan.ownBytes).toBeGreaterThanOrEqual(Buffer.byteLength('{"é":{},}'))
  })
})
