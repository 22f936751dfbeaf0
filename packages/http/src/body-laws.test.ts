import { isBalanced, mergeResults, type TransformResult } from '@flowlogs/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf, lineOf, transform } from './http-transform.test-support.ts'
import { createEventReaders, type EventPaths } from './read-event.ts'
import { transformBody } from './transform-body.ts'

function run(
  body: Uint8Array | string,
  paths: EventPaths = {},
  batchBytes = 1_000,
): TransformResult {
  const read = createEventReaders(paths)()
  const batches = [
    ...transformBody(Buffer.from(body), { transform, read, batchBytes, id: undefined }),
  ]
  expect(batches.every(({ ledger }) => ledger.lines > 0)).toBe(true)
  return mergeResults(batches)
}

const textOf = ({ output }: TransformResult): string => Buffer.from(output).toString()
const line = fc.oneof(
  { weight: 5, arbitrary: fc.nat(99_999).map(lineOf) },
  fc.constantFrom('bad', '', 'é', '"\\', '{"message":1}', '[', 'version start', '\u0000', '{'),
)
const event = fc.record({ message: line, host: fc.constantFrom('a', 'b'), at: fc.nat(2) })

test('bytes of any kind never throw, and are accounted for', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    ',',
    ':',
    '\n',
    ' ',
    'x',
    '\u00ff',
    '{"message":"',
    '"}\n',
    lineOf(),
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''))),
  )
  fc.assert(
    fc.property(body, (bytes) => {
      const { ledger, rejections, output } = run(bytes, { carry: ['x'] })
      expect(isBalanced(ledger)).toBe(true)
      expect(rejections).toHaveLength(ledger.rejected)
      expect(Buffer.from(output).toString().split('\n')).toHaveLength(ledger.emitted + 1)
    }),
    { numRuns: 2_000 },
  )
})

test('JSON lines and arrays of any layout say the same, as JSON.parse has it', () => {
  const layout = fc.constantFrom(
    (events: object[]) => events.map((each) => `${JSON.stringify(each)}\n`).join(''),
    (events: object[]) => events.map((each) => ` ${JSON.stringify(each)} \r`).join('\n'),
    (events: object[]) => JSON.stringify(events),
    (events: object[]) => JSON.stringify(events, null, 1),
    (events: object[]) => events.map((each) => JSON.stringify([each])).join('\n'),
  )
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 150 }), layout, (events, write) => {
      const { ledger, output, rejections } = run(write(events), { carry: ['host'] })
      expect(isBalanced(ledger)).toBe(true)
      const wanted = events.flatMap(({ message, host }) => {
        const own = eventsOf(message)
        return own === '' ? [] : [`${own.slice(0, -2)},"host":"${host}"}\n`]
      })
      expect(Buffer.from(output).toString()).toBe(wanted.join(''))
      for (const { line: bad, origin } of rejections) {
        expect(bad).toBe(events[origin?.record ?? -1]?.message)
      }
      expect(ledger.lines).toBe(
        events.reduce((sum, { message }) => sum + transform(message || '\n').ledger.lines, 0),
      )
    }),
    { numRuns: 500 },
  )
})

test('a body of text says what its lines say, wherever batches end', () => {
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 5_000 }), (lines, batchBytes) => {
      const text = `2${lines.join('\n')}`
      const { ledger, output } = run(text, {}, batchBytes)
      const whole = transform(text)
      expect({ ...ledger, lanes: {} }).toStrictEqual({ ...whole.ledger, lanes: {} })
      expect(Buffer.from(output).equals(whole.output)).toBe(true)
    }),
  )
})

test('a bad event in an array costs that one only', () => {
  const good = JSON.stringify({ message: lineOf() })
  const { ledger, output } = run(`[${good},{"message":},5,"x",${good},${good}`)
  expect(textOf({ output } as TransformResult)).toBe(eventsOf(lineOf(), lineOf(), lineOf()))
  expect(ledger.rejections).toStrictEqual({ bad_json: 1, unknown_shape: 2 })
})

test.each([
  ['nested arrays', '['.repeat(1_000_000), { bad_json: 1 }],
  ['nested arrays that end', '['.repeat(500_000) + ']'.repeat(500_000), { unknown_shape: 1 }],
  ['nested objects', '{"a":'.repeat(500_000), { bad_json: 1 }],
  [
    'nested objects that end',
    `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`,
    { unknown_shape: 1 },
  ],
  [
    'nested arrays in the place of a line',
    `{"message":[${'['.repeat(500_000)}${']'.repeat(500_000)}]}`,
    { too_few_values: 1 },
  ],
  ['backslashes', `[{"message":"${'\\'.repeat(1_000_001)}"}]`, { bad_json: 1 }],
  ['many elements', `[${'1,'.repeat(200_000)}1]`, { unknown_shape: 200_001 }],
])('%s do no harm', (_name, body, rejections) => {
  expect(run(body, { carry: ['a'] }).ledger.rejections).toStrictEqual(rejections)
})

test('names of prototypes are names', () => {
  const body = `{"message":"${lineOf()}","__proto__":{"message":"x","polluted":1},"constructor":"c"}`
  const { output } = run(body, {
    carry: ['__proto__.polluted', '__proto__', 'constructor', 'toString'],
  })
  expect(textOf({ output } as TransformResult)).toBe(
    `${eventsOf(lineOf()).slice(0, -2)},"polluted":1,"constructor":"c"}\n`,
  )
  expect(run('{"__proto__":{"message":"x"}}').ledger.rejections).toStrictEqual({ unknown_shape: 1 })
  expect('polluted' in {}).toBe(false)
})

test('a second member of the name counts, as in JSON.parse', () => {
  const twice = (first: string, second: string) => `{"message":"${first}","message":"${second}"}`
  const body = [twice('x', lineOf(1)), twice('x', lineOf(2)), twice(lineOf(3), lineOf(4))]
  expect(textOf(run(body.join('\n')))).toBe(eventsOf(lineOf(1), lineOf(2), lineOf(4)))
})
