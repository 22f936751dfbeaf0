/** The same lines through both lanes, for every test that compares them. */
import {
  createLineGenerator,
  createRandom,
  type FieldRow,
  isClean,
  laneDifference,
} from '@flowlogs/conformance'
import {
  createTransform,
  type FilterRule,
  type OriginSource,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { choices, filter, formats, headerOf, origin } from './formats.test-support.ts'
import { createOcsfMapping, type OcsfOptionsInput } from './index.ts'

const linesPerFormat = 5_000

/** The same transform on both lanes; the kernel and the portable engine take the same lines. */
export function createLanes(
  options: OcsfOptionsInput,
  format: string,
  rules: readonly FilterRule[] = [],
): (
  input: Uint8Array | string,
  from?: OriginSource,
) => readonly [kernel: TransformResult, object: TransformResult] {
  const mapping = createOcsfMapping(options)
  const clock = () => 1_763_700_062_345
  const [kernel, portable, object] = (['auto', 'portable', 'object'] as const).map((engine) =>
    createTransform({ mapping, format, filter: rules, index: true, engine, clock }),
  ) as [Transform, Transform, Transform]
  return (input, from) => {
    const result = kernel(input, from)
    const other = portable(input, from)
    const expected = object(input, from)
    expect(laneDifference(other, expected)).toBeUndefined()
    expect(result.ledger.lanes.kernel ?? 0).toBe(other.ledger.lanes.portable ?? 0)
    return [result, expected]
  }
}

function rejectedLines({ rejections }: TransformResult): ReadonlySet<number | undefined> {
  return new Set(rejections.map((rejection) => rejection.origin?.line))
}

/** Registers the comparison of generated lines of some of the formats. */
export function describeGeneratedLines(some: readonly (readonly FieldRow[])[]): void {
  describe.each(some.map((columns) => ({ columns, index: formats.indexOf(columns) })))(
    '5,000 generated lines of format $index',
    ({ columns, index }) => {
      test('are the same on both lanes, and the engine takes every clean one', () => {
        const generate = createLineGenerator(columns, createRandom(1000 + index))
        const lines = Array.from({ length: linesPerFormat }, generate)
        const options = choices[(index * 7) % choices.length] as OcsfOptionsInput
        const convert = createLanes(options, headerOf(columns), index % 3 === 0 ? filter : [])
        const input = lines.map((values) => values.join(' ')).join('\n')
        const [kernel, object] = convert(input, index % 2 === 0 ? undefined : origin)
        expect(laneDifference(kernel, object)).toBeUndefined()

        const clean = lines.map((values) => isClean(columns, values))
        const rejected = rejectedLines(object)
        const expected = clean.filter((each, at) => each && !rejected.has(at + 1)).length
        expect(clean.filter(Boolean).length).toBeGreaterThan(linesPerFormat * 0.4)
        expect(kernel.ledger.lanes.kernel ?? 0).toBeGreaterThanOrEqual(expected)
      })
    },
  )
}
