/** The laws of a transform: lines in, newline-delimited JSON and an account of every line out. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Account,
  accountOf,
  add,
  eventsOf,
  expectation,
  sum,
  type TransformResult,
} from './account.ts'
import type { Case } from './cases.ts'
import type { ExactJson } from './exact-json.ts'

/** What the laws need of a transform. */
export interface Transform {
  (input: Uint8Array, origin?: OriginSource): TransformResult
  stream(origin?: OriginSource): {
    write(bytes: Uint8Array): TransformResult
    end(): TransformResult
  }
}

type OriginSource = () => Readonly<Record<string, never>>

// The goldens know of no origin, not even a line number.
const nowhere = Object.freeze({})
const noOrigin: OriginSource = () => nowhere

/** Registers the laws; every result on the way is checked to be balanced. */
export function describeTransformLaws({
  cases,
  goldenOf,
  createTransform,
}: {
  readonly cases: readonly Case[]
  goldenOf(each: Case): ExactJson
  createTransform(format: string): Transform
}): void {
  const someCases = fc.shuffledSubarray([...cases], { minLength: 1 })
  const runs = { numRuns: 30 }

  // One transform reads everything: each case's header takes over from the last.
  const transform = createTransform('v2')
  const run = (input: Uint8Array): Account =>
    untouched(input, () => accountOf(transform(input, noOrigin)))

  describe('transform', () => {
    test.each(cases)('$name, alone', (each) => {
      const expected = expectation(goldenOf(each))
      const whole = run(each.input)
      expect({ ...whole, output: eventsOf(whole), notes: {} }).toStrictEqual({
        output: expected.events,
        rejections: expected.rejections,
        counts: add(expected.counts, { lines: 1, header: 1 }),
        notes: {},
      })
      const line = new TextEncoder().encode(each.line)
      const configured = accountOf(createTransform(each.header)(line, noOrigin))
      expect({ ...configured, output: eventsOf(configured), notes: {} }).toStrictEqual({
        output: expected.events,
        rejections: expected.rejections,
        counts: expected.counts,
        notes: {},
      })
    })

    test('cases in any order give their outputs in that order, and the sum of their accounts', () => {
      fc.assert(
        fc.property(someCases, (some) => {
          expect(run(join(some))).toStrictEqual(sum(some.map(({ input }) => run(input))))
        }),
        runs,
      )
    })

    test('a bad line is rejected alone', () => {
      const placed = fc.tuple(fc.nat(), fc.constantFrom(...badLines))
      fc.assert(
        fc.property(someCases, fc.array(placed, { maxLength: 8 }), (some, bad) => {
          const lines = splitLines(join(some))
          for (const [place, line] of bad) lines.splice(place % (lines.length + 1), 0, line)
          const good = run(join(some))
          const mixed = run(concatenate(lines.map(endLine)))
          const added = bad.length > 0 ? { lines: bad.length, rejected: bad.length } : {}
          expect({
            ...mixed,
            rejections: mixed.rejections.filter((rejection) => !isOfBadLine(rejection)),
            counts: withoutCodes(mixed.counts),
          }).toStrictEqual({ ...good, counts: withoutCodes(add(good.counts, added)) })
        }),
        runs,
      )
    })

    test('chunks of any size give what the whole gives', () => {
      const whole = join(cases)
      const everywhere = [...whole.keys()]
      expect(runInChunks(transform, whole, everywhere)).toStrictEqual(run(whole))
      fc.assert(
        fc.property(someCases, fc.array(fc.nat(), { maxLength: 50 }), (some, cuts) => {
          const input = join(some)
          const places = cuts.map((cut) => cut % input.length)
          expect(runInChunks(transform, input, places)).toStrictEqual(run(input))
        }),
        runs,
      )
    })
  })
}

/** Too few values, too many, too long, and not UTF-8. */
const badLines: readonly Uint8Array[] = [
  ...['?', '? '.repeat(200).trim(), 'x'.repeat(70_000)].map((text) =>
    new TextEncoder().encode(text),
  ),
  new Uint8Array([0x32, 0x20, 0xff, 0xfe]),
]
const badTexts = badLines.map((line) => new TextDecoder().decode(line))

/** Of an overlong line the rejection holds only the beginning. */
function isOfBadLine(rejection: object): boolean {
  const { line } = rejection as { readonly line: string }
  return badTexts.some((text) => text.startsWith(line))
}

function withoutCodes(counts: Account['counts']): Account['counts'] {
  return Object.fromEntries(
    Object.entries(counts).filter(([name]) => !name.startsWith('rejection ')),
  )
}

function runInChunks(transform: Transform, input: Uint8Array, cuts: readonly number[]): Account {
  const places = [0, ...cuts.toSorted((left, right) => left - right), input.length]
  return untouched(input, () => {
    const session = transform.stream(noOrigin)
    const results = places
      .slice(1)
      .map((end, index) => session.write(input.subarray(places[index], end)))
    return sum([...results, session.end()].map(accountOf))
  })
}

/** Bytes cannot be frozen, so they are compared. */
function untouched(input: Uint8Array, run: () => Account): Account {
  const before = input.slice()
  const account = run()
  expect(Buffer.compare(before, input), 'the input is as it was').toBe(0)
  return account
}

const newline = 10

function join(cases: readonly Case[]): Uint8Array {
  return concatenate(cases.map(({ input }) => (input.at(-1) === newline ? input : endLine(input))))
}

function endLine(line: Uint8Array): Uint8Array {
  return concatenate([line, new Uint8Array([newline])])
}

function splitLines(input: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from < input.length; ) {
    const end = input.indexOf(newline, from)
    lines.push(input.subarray(from, end))
    from = end + 1
  }
  return lines
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
