/** One transform on both lanes, whose results are compared before anybody looks at them. */
import { laneDifference } from '@flowlogs/conformance'
import { expect } from 'vitest'
import type { OriginSource } from './origin.ts'
import type { Rejection } from './rejection.ts'
import { createTransform, type TransformOptions } from './transform.ts'

/** What came out of both lanes, and how many lines the engine took. */
export interface BothLanes {
  readonly output: string
  readonly rejections: readonly Rejection[]
  readonly lanes: Readonly<Record<string, number>>
}

/** Builds a transform for each lane; fails the test when they differ. */
export function createBothLanes(
  options: TransformOptions,
): (input: Uint8Array | string, origin?: OriginSource) => BothLanes {
  const clock = () => 1_763_700_062_345
  const [auto, object] = (['auto', 'object'] as const).map((engine) =>
    createTransform({ clock, index: true, ...options, engine }),
  )
  return (input, origin) => {
    const result = auto!(input, origin)
    expect(laneDifference(result, object!(input, origin))).toBeUndefined()
    const { output, rejections, ledger } = result
    return { output: new TextDecoder().decode(output), rejections, lanes: ledger.lanes }
  }
}
