/** Compares the two lanes of a transform, which must agree in every byte. */
import { isDeepStrictEqual } from 'node:util'

/** What is compared of a result. */
export interface LaneResult {
  readonly output: Uint8Array
  readonly rejections: readonly object[]
  readonly ledger: { readonly lines: number; readonly lanes: Readonly<Record<string, number>> }
  readonly events?: object
}

/** Where the results of both lanes differ first, or undefined when they agree. */
export function laneDifference(auto: LaneResult, object: LaneResult): string | undefined {
  const taken = Object.values(auto.ledger.lanes).reduce((sum, lines) => sum + lines, 0)
  if (taken !== auto.ledger.lines) return `the lanes took ${taken} of ${auto.ledger.lines} lines`
  if (Object.keys(object.ledger.lanes).some((lane) => lane !== 'object')) {
    return 'the object lane was to take every line'
  }
  if (Buffer.compare(auto.output, object.output) !== 0) {
    const [left, right] = [auto, object].map(({ output }) => Buffer.from(output).toString())
    return describe('output', left!.split('\n'), right!.split('\n'))
  }
  if (!isDeepStrictEqual(auto.rejections, object.rejections)) {
    return describe('rejections', auto.rejections, object.rejections)
  }
  const [left, right] = [auto, object].map(({ ledger }) => ({ ...ledger, lanes: {} }))
  if (!isDeepStrictEqual(left, right)) return describe('ledger', [left], [right])
  if (!isDeepStrictEqual(auto.events, object.events)) {
    return describe(
      'events',
      Object.entries(auto.events ?? {}),
      Object.entries(object.events ?? {}),
    )
  }
  return undefined
}

function describe(what: string, left: readonly unknown[], right: readonly unknown[]): string {
  const at = left.findIndex((item, index) => !isDeepStrictEqual(item, right[index]))
  const index = at === -1 ? left.length : at
  return [
    `${what} ${index} of ${left.length} and ${right.length} differ`,
    `  engine: ${print(left[index])}`,
    `  object: ${print(right[index])}`,
  ].join('\n')
}

function print(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (text ?? 'nothing').slice(0, 4000)
}
