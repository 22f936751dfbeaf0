/** Both lanes of a mapping on the same lines: the corpus, generated lines, and damaged ones. */
import { describe, expect, test } from 'vitest'
import { loadCases } from './cases.ts'
import { type LaneResult, laneDifference } from './lanes.ts'
import { mutate } from './mutate.ts'
import { createRandom } from './random.ts'
import { createLineGenerator, type FieldRow, isClean, randomFormat } from './random-lines.ts'

/** What the tests need to know. */
export interface LanesSubject {
  readonly name: string
  /** The field table. */
  readonly fields: readonly FieldRow[]
  /** The formats that have a name, as header lines. */
  readonly presets: readonly string[]
  /** Converts lines of a format by one engine, or by none. */
  readonly convert: (engine: Engine | 'object', format: string, input: Uint8Array) => LaneResult
}

type Engine = (typeof engines)[number]

const engines = ['kernel', 'portable'] as const
const linesPerFormat = 2_000
const damagedPerFormat = 300

/** Registers the tests; a clean line that the engine gives up is a failure, too. */
export function describeLanes({ name, fields, presets, convert }: LanesSubject): void {
  const random = createRandom(60)
  const rows = new Map(fields.map((row) => [row.name, row]))
  const formats = [
    ...presets.map((header) => header.split(' ').map((each) => rows.get(each) as FieldRow)),
    ...Array.from({ length: 6 }, () => randomFormat(fields, random)),
  ]

  describe.each(engines)(`${name}: the %s engine and the object lane agree`, (engine) => {
    const onBoth = (format: string, input: Uint8Array): readonly [LaneResult, LaneResult] => [
      convert(engine, format, input),
      convert('object', format, input),
    ]

    test('on the corpus', () => {
      const corpus = loadCases().flatMap(({ input }) => [input, Buffer.from('\n')])
      expect(laneDifference(...onBoth('version start', Buffer.concat(corpus)))).toBeUndefined()
    })

    test.each(formats.map((columns, index) => ({ columns, index })))(
      'on lines of format $index',
      ({ columns, index }) => {
        const lineRandom = createRandom(4_000 + index)
        const generate = createLineGenerator(columns, lineRandom)
        const header = columns.map((column) => column.name).join(' ')
        const lines = Array.from({ length: linesPerFormat }, generate)
        const input = Buffer.from(lines.map((values) => `${values.join(' ')}\n`).join(''))
        const [fast, object] = onBoth(header, input)
        expect(laneDifference(fast, object)).toBeUndefined()
        const refused = new Set(
          object.rejections.map((rejection) => (rejection as { line?: string }).line),
        )
        const clean = lines.filter(
          (values) => isClean(columns, values) && !refused.has(values.join(' ')),
        )
        expect(clean.length).toBeGreaterThan(0)
        expect(fast.ledger.lanes[engine] ?? 0).toBeGreaterThanOrEqual(clean.length)

        const damaged = Array.from({ length: damagedPerFormat }, () =>
          Buffer.concat([mutate(Buffer.from(generate().join(' ')), lineRandom), Buffer.from('\n')]),
        )
        expect(laneDifference(...onBoth(header, Buffer.concat(damaged)))).toBeUndefined()
      },
    )
  })
}
