import { expect, test } from 'vitest'
import { compilePlan } from './compile-plan.ts'
import {
  createMapping,
  type FieldKey,
  number,
  object,
  parseFormat,
  present,
  rest,
  type Template,
  when,
} from './index.ts'
import { simplify } from './kernel-facts.ts'
import { instructionAt, op } from './plan.ts'

const nameOf = (kind: number | undefined) =>
  Object.entries(op).find(([, code]) => code === kind)?.[0]

/** What becomes of the instructions that can be simpler, in order. */
function simplified(fields: string, template: Template, required?: FieldKey): string[] {
  const format = parseFormat(fields)
  const requires = required
    ? [{ code: 'no_time', fields: [required], condition: present(required) } as const]
    : []
  const plan = compilePlan(createMapping({ name: 'test', template, requires }), format)
  if (plan === undefined) throw new Error('there should be a plan')
  return [...simplify(plan, format.columns.length)]
    .sort(([left], [right]) => left - right)
    .map(([pc, [kind]]) => `${nameOf(instructionAt(plan.code, pc)[0])} → ${nameOf(kind)}`)
}

test('a value that was asked for is not asked for again', () => {
  const again = when(present('bytes'), { n: number('bytes'), m: number('bytes') })
  expect(simplified('bytes srcport', again)).toEqual(['ifPresent → jump', 'ifPresent → jump'])
  expect(simplified('bytes srcport', { n: number('bytes'), m: number('bytes') })).toEqual([])
})

test('an object that has a member for sure is not looked at when it ends', () => {
  const inner = { inner: { n: number('bytes') } }
  expect(simplified('bytes srcport', when(present('bytes'), inner))).toEqual([
    'open → literal',
    'ifPresent → jump',
    'close → closeFull',
  ])
  expect(simplified('bytes srcport', inner)).toEqual([])
  const two = { inner: { n: number('bytes'), m: number('srcport') } }
  expect(simplified('bytes srcport', when(present('srcport'), two))).toEqual([
    'open → literal',
    'ifPresent → jump',
    'close → closeFull',
  ])
})

test('what is carried wherever it is present has no rest', () => {
  const carries = when(present('bytes'), { p: number('srcport') })
  const template = object(carries, { unmapped: rest })
  expect(simplified('bytes srcport', template)).toEqual([])
  expect(simplified('bytes srcport', template, 'bytes')).toEqual([
    'ifPresent → jump',
    'rest → jump',
  ])
})
