import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { casesFolder, goldenNames, loadCases } from './cases.ts'
import { parseExactly } from './exact-json.ts'
import { findPlaceholders, isRejected } from './outcome.ts'

const cases = loadCases()
const files = ['input.log', 'source.txt', ...goldenNames.map((name) => `${name}.json`)].sort()

test.each(cases)(
  '$name has its input, its source and every golden, and nothing else',
  ({ name }) => {
    expect(readdirSync(join(casesFolder, name)).sort()).toEqual(files)
  },
)

test('every golden is read by some package', () => {
  const packages = resolve(import.meta.dirname, '../..')
  const suites = globSync('*/src/**/*.test.ts', { cwd: packages })
    .map((file) => readFileSync(join(packages, file), 'utf8'))
    .filter((text) => text.includes('describeConformance('))
  const read = suites.flatMap((text) =>
    [...text.matchAll(/golden: ['"`]([^'"`]+)['"`]/g)].map(([, name = '']) => name),
  )
  // A name with a parameter, such as ocsf-${version}, stands for all of its kind.
  const patterns = read.map((name) => new RegExp(`^${name.replace(/\$\{\w+\}/g, '[\\d.]+')}$`))
  expect(goldenNames.filter((name) => !patterns.some((pattern) => pattern.test(name)))).toEqual([])
})

test('sources are one line', () => {
  const sources = cases.map(({ name }) =>
    readFileSync(join(casesFolder, name, 'source.txt'), 'utf8'),
  )
  expect(sources.filter((source) => !/^[^\n]+\n$/.test(source))).toEqual([])
})

test('a line that has no record has no event', () => {
  const contradictions = cases.filter(
    ({ goldens: { record, ...events } }) =>
      isRejected(record) &&
      Object.values(events).some((event) => !isDeepStrictEqual(event, record)),
  )
  expect(contradictions.map(({ name }) => name)).toEqual([])
})

test('no golden holds anything that stands for no value', () => {
  const found = cases.flatMap(({ name, goldens }) =>
    Object.entries(goldens).flatMap(([golden, value]) =>
      findPlaceholders(value).map((path) => `${name}/${golden}: ${path}`),
    ),
  )
  expect(found).toEqual([])
})

test('integers keep all their digits', () => {
  expect(
    parseExactly('[9007199254740991, 9007199254740993, 9223372036854775807, 0.5, "1"]'),
  ).toEqual([9007199254740991, 9007199254740993n, 9223372036854775807n, 0.5, '1'])
})

test('a placeholder is found wherever it is', () => {
  const value = {
    a: '-',
    b: { c: '', d: [1, null, { e: Number.NaN }], f: {}, g: [] },
    h: [undefined],
    fine: undefined,
    raw_data: '-',
    rejection: { line: '-', value: '' },
    zero: 0,
    no: false,
  }
  expect(findPlaceholders(value)).toEqual([
    'a',
    'b.c',
    'b.d.1',
    'b.d.2.e',
    'b.f',
    'b.g',
    'h.0',
    'rejection.value',
  ])
})
