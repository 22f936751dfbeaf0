/** The same lines through both lanes, for every test that compares them. */
import {
  createLineGenerator,
  createRandom,
  type FieldRow,
  isClean,
  laneDifference,
  randomFormat,
} from '@flowlogs/conformance'
import {
  createTransform,
  type FilterRule,
  fields,
  is,
  type OriginSource,
  parseFormat,
  presets,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { createOcsfMapping, type OcsfOptionsInput, ocsfVersions } from './index.ts'

/** What a delivery through CloudWatch Logs tells of a line. */
export const origin: OriginSource = (index) => ({
  line: index + 1,
  account: '210987654321',
  region: 'eu-west-1',
  logGroup: '/aws/vpc',
  logStream: 'eni-0123456789abcdef0-all',
  eventId: '39213216423153289123123123123123123123123123123123123123',
  timestamp: 1_763_700_061_000,
})
const linesPerFormat = 10_000

/** Every version with several sets of options. */
export const choices: readonly OcsfOptionsInput[] = ocsfVersions.flatMap((version) => {
  const all: OcsfOptionsInput = {
    version,
    rawData: true,
    datetime: true,
    container: true,
    proxyEndpoint: true,
    processedTime: true,
  }
  return [
    { version },
    { version, observables: false, eniWithoutDirection: 'src' },
    { version, rawData: true, eniWithoutDirection: 'dst' },
    version < '1.4' ? all : { ...all, communityId: true, skipdata: 'emit' },
  ]
})

/** Rules that drop some lines. */
export const filter: readonly FilterRule[] = [
  { name: 'rejected', drop: is('action', 'REJECT') },
  { name: 'web', drop: is('dstport', '443', '80') },
]

/** Formats of every kind; the same ones on every run. */
const random = createRandom(20)
export const formats: readonly (readonly FieldRow[])[] = [
  ...Object.keys(presets).map((name) => parseFormat(name).columns),
  ...Array.from({ length: 9 }, () => randomFormat(fields, random)),
]

/** The header line of a format. */
export function headerOf(columns: readonly FieldRow[]): string {
  return columns.map(({ name }) => name).join(' ')
}

/** The same transform on both lanes. */
export function createLanes(
  options: OcsfOptionsInput,
  format: string,
  rules: readonly FilterRule[] = [],
): (
  input: Uint8Array | string,
  from?: OriginSource,
) => readonly [auto: TransformResult, object: TransformResult] {
  const mapping = createOcsfMapping(options)
  const clock = () => 1_763_700_062_345
  const [auto, object] = (['auto', 'object'] as const).map((engine) =>
    createTransform({ mapping, format, filter: rules, index: true, engine, clock }),
  ) as [Transform, Transform]
  return (input, from) => [auto(input, from), object(input, from)]
}

function rejectedLines({ rejections }: TransformResult): ReadonlySet<number | undefined> {
  return new Set(rejections.map((rejection) => rejection.origin?.line))
}

/** Registers the comparison of generated lines of some of the formats. */
export function describeGeneratedLines(some: readonly (readonly FieldRow[])[]): void {
  describe.each(some.map((columns) => ({ columns, index: formats.indexOf(columns) })))(
    '10,000 generated lines of format $index',
    ({ columns, index }) => {
      test('are the same on both lanes, and the engine takes every clean one', () => {
        const generate = createLineGenerator(columns, createRandom(1000 + index))
        const lines = Array.from({ length: linesPerFormat }, generate)
        const options = choices[(index * 7) % choices.length] as OcsfOptionsInput
        const convert = createLanes(options, headerOf(columns), index % 3 === 0 ? filter : [])
        const input = lines.map((values) => values.join(' ')).join('\n')
        const [auto, object] = convert(input, index % 2 === 0 ? undefined : origin)
        expect(laneDifference(auto, object)).toBeUndefined()

        const clean = lines.map((values) => isClean(columns, values))
        const rejected = rejectedLines(object)
        const expected = clean.filter((each, at) => each && !rejected.has(at + 1)).length
        expect(clean.filter(Boolean).length).toBeGreaterThan(linesPerFormat * 0.4)
        expect(auto.ledger.lanes.kernel ?? 0).toBeGreaterThanOrEqual(expected)
      })
    },
  )
}
