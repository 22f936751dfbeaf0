import { describe, expect, test } from 'vitest'
import { type Case, type GoldenName, goldenNames, loadCases } from './cases.ts'
import type { ExactJson } from './exact-json.ts'
import { comparable, deepFreeze, findPlaceholders, isEvent, isRejected } from './outcome.ts'
import { describeTransformLaws, type Transform } from './transform-laws.ts'

/** What an adapter passes in: the functions under test. */
export interface Adapter {
  /** What the tests are called: package and target. */
  readonly name: string
  /** The golden that says what must come out, or a function that works it out from the other goldens. */
  readonly golden: GoldenName | ((each: Case) => ExactJson)
  /**
   * What becomes of a line below a header: the event or record itself, `{ rejection }`, or
   * `{ kept_out: 'nodata' | 'skipdata' }`. Keys without a value, and the origin, are not compared.
   */
  readonly convert: (header: string, line: string) => object
  /** The same from the record of a line; record and context are frozen. Left out where a line makes no record of its own. */
  readonly map?: (
    header: string,
    record: FrozenRecord,
    context: { readonly line: string },
  ) => object
  /** A transform whose lines have this format until a header says otherwise. */
  readonly transform?: (format: string) => Transform
  /** What is wrong with an event under the target's own schema. */
  readonly judge?: (event: object) => readonly string[]
}

/** A record as `record.json` has it: no key where the line has `-`. */
type FrozenRecord = Readonly<Record<string, string | number | bigint>>

/** Registers the tests that every adapter has to pass: the goldens of all cases, and the laws. */
export function describeConformance(adapter: Adapter): void {
  const { name, golden, judge } = adapter
  const cases = loadCases()
  if (typeof golden === 'string' && !goldenNames.includes(golden)) {
    throw new Error(`the corpus has no golden named ${golden}`)
  }

  describe(`${name}: conformance with ${typeof golden === 'string' ? golden : 'what is worked out'}`, () => {
    test.each(cases)('$name', (each) => {
      expect(comparable(adapter.convert(each.header, each.line))).toStrictEqual(goldenOf(each))
    })

    test('nothing that stands for no value comes out', () => {
      const found = cases.flatMap((each) =>
        findPlaceholders(adapter.convert(each.header, each.line)).map(
          (path) => `${each.name}: ${path}`,
        ),
      )
      expect(found).toEqual([])
    })

    test('the same line gives the same value again', () => {
      const once = cases.map(({ header, line }) => comparable(adapter.convert(header, line)))
      const again = cases.map(({ header, line }) => comparable(adapter.convert(header, line)))
      expect(again).toStrictEqual(once)
    })

    const { map } = adapter
    if (map) {
      const records = cases.filter((each) => !isRejected(each.goldens.record))
      test.each(records)('$name, from its record, frozen', (each) => {
        const record = deepFreeze(structuredClone(each.goldens.record)) as FrozenRecord
        const context = deepFreeze({ line: each.line })
        expect(comparable(map(each.header, record, context))).toStrictEqual(goldenOf(each))
      })
    }

    if (judge) {
      test('every event is valid under the schema of its target', () => {
        const complaints = cases
          .map((each) => ({ each, event: adapter.convert(each.header, each.line) }))
          .filter(({ event }) => isEvent(event))
          .flatMap(({ each, event }) =>
            judge(event).map((complaint) => `${each.name}: ${complaint}`),
          )
        expect(complaints).toEqual([])
      })
    }

    if (adapter.transform) {
      describeTransformLaws({ cases, goldenOf, createTransform: adapter.transform })
    }
  })

  function goldenOf(each: Case): ExactJson {
    if (typeof golden === 'function') return golden(each)
    const { name: folder, goldens } = each
    const value = goldens[golden]
    if (value === undefined) {
      throw new Error(
        `packages/conformance/cases/${folder}/${golden}.json is missing: write it by hand from the reference`,
      )
    }
    return value
  }
}
