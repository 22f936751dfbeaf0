import { createTransform, recordMapping } from '@flowlogs/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import { plainMessage } from './plain-message.ts'
import { unwrap } from './unwrap.ts'

const line =
  '2 058694856476 eni-03c0f5ba79a66ef17 10.3.166.71 10.3.141.209 443 38634 6 103 42926 1680838556 1680838578 ACCEPT OK'

test.each([
  [`{"message":"${line}"}`, line],
  [`{"message":"${line}"}\n`, line],
  ['{"message":" - ~\'}"}', " - ~'}"],
  ['{"message":""}', undefined],
  ['{"message":"}', undefined],
  [`{"message":"${line}"}\r\n`, undefined],
  [`{"message":"${line}"}\n\n`, undefined],
  [`{"message": "${line}"}`, undefined],
  [` {"message":"${line}"}`, undefined],
  [`{"message":"${line}","x":1}`, undefined],
  [`{"message":"${line}"}{"message":"${line}"}`, undefined],
  ['{"message":"{}"}', undefined],
  ['{"message":"a\\nb"}', undefined],
  ['{"message":"a\nb"}', undefined],
  ['{"message":"é"}', undefined],
  ['{"message":"\x7f"}', undefined],
  ['{"massage":"a"}', undefined],
  [line, undefined],
  ['', undefined],
  ['\n', undefined],
])('%j: %j', (record, expected) => {
  expect(plainMessage(Buffer.from(record))).toBe(expected)
})

test('whatever is found is what unwrapping finds', () => {
  const transform = createTransform({ mapping: recordMapping })
  const character = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom(...'\\"{}\n é-'),
  )
  const message = fc.oneof(
    fc.constantFrom(line, line.toUpperCase(), `${line} `),
    fc.array(character).map((characters) => characters.join('')),
  )
  const record = fc
    .tuple(message, fc.constantFrom('', '\n'), fc.boolean())
    .map(([text, end, isJson]) =>
      Buffer.from(`${isJson ? JSON.stringify({ message: text }) : `{"message":"${text}"}`}${end}`),
    )
  let found = 0
  fc.assert(
    fc.property(record, (bytes) => {
      const plain = plainMessage(bytes)
      if (plain === undefined) return
      found++
      const collector = createCollector()
      collector.addMessage({ origin: {}, isRecord: true, lines: 0 }, plain)
      const expected = transformDelivery(transform, unwrap(bytes))
      expect(transformDelivery(transform, collector.take())).toStrictEqual(expected)
    }),
    { numRuns: 1000 },
  )
  expect(found).toBeGreaterThan(300)
})
