/** One transform on both lanes, whose results are compared before anybody looks at them. */
import { laneDifference } from '@flowlogs/conformance'
import { expect } from 'vitest'
import { blockBytes } from './kernel-layout.ts'
import { createMapping, type Mapping, type Template } from './mapping.ts'
import type { OriginSource } from './origin.ts'
import type { Rejection } from './rejection.ts'
import { createTransform, type Transform, type TransformOptions } from './transform.ts'

/** A mapping that is this template and nothing else. */
export function mappingOf(template: Template): Mapping {
  return createMapping({ name: 'test', template })
}

/** What came out of both lanes, and how many lines the engine took. */
export interface BothLanes {
  readonly output: string
  readonly rejections: readonly Rejection[]
  readonly lanes: Readonly<Record<string, number>>
}

/** Builds a transform for each engine; fails the test when they differ. */
export function createBothLanes(
  options: TransformOptions,
): (input: Uint8Array | string, origin?: OriginSource) => BothLanes {
  const clock = () => 1_763_700_062_345
  const [auto, portable, object] = (['auto', 'portable', 'object'] as const).map((engine) =>
    createTransform({ clock, index: true, ...options, engine }),
  ) as [Transform, Transform, Transform]
  return (input, origin) => {
    const expected = object(input, origin)
    const result = auto(input, origin)
    expect(laneDifference(result, expected)).toBeUndefined()
    const plain = portable(input, origin)
    expect(laneDifference(plain, expected)).toBeUndefined()
    // A kernel gives up no line that the portable engine takes, but for those that no block holds.
    const long = longLines(input)
    const [taken, others] = [result, plain].map(({ ledger }) => ledger.lanes)
    expect([taken?.kernel ?? 0, taken?.object ?? 0]).toEqual([
      (others?.portable ?? 0) - long,
      (others?.object ?? 0) + long,
    ])
    const { output, rejections, ledger } = result
    return { output: new TextDecoder().decode(output), rejections, lanes: ledger.lanes }
  }
}

function longLines(input: Uint8Array | string): number {
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input)
  return text.split('\n').filter(({ length }) => length >= blockBytes).length
}
