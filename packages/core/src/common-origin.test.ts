/** Origins that say what they have in common give what the same origins give without saying it. */
import { expect, test } from 'vitest'
import { milliseconds, number, object, origin, text } from './combinators.ts'
import { createBothLanes } from './lanes.test-support.ts'
import { createMapping, type Template } from './mapping.ts'
import type { CommonOrigin, Origin } from './origin.ts'

const format = 'version srcaddr srcport start'
const lines = Array.from({ length: 400 }, (_, index) => {
  // Every seventh line has no time of its own, and every eleventh is none.
  const start = index % 7 === 0 ? '-' : 1_418_530_010 + index
  return index % 11 === 0 ? `2 10.0.0.1 ${index}` : `2 10.0.0.1 ${index} ${start}`
}).join('\n')

function originAt(index: number): Origin {
  return {
    region: 'eu-west-1',
    eventId: `event ${index}`,
    timestamp: 1_720_724_137_000 + index,
    line: index + 1,
  }
}

const common: CommonOrigin = {
  origin: originAt(0),
  differing: ['eventId', 'timestamp', 'line'],
}

const templates: Readonly<Record<string, Template>> = {
  'asks for what is shared': { region: text(origin('region')), port: number('srcport') },
  'asks for a time where the line has none': {
    region: text(origin('region')),
    time: milliseconds('start', origin('timestamp')),
  },
  'always asks for what differs': object(
    { id: text(origin('eventId')) },
    { port: number('srcport') },
  ),
}

test.each(Object.entries(templates))('a mapping that %s', (_, template) => {
  const convert = createBothLanes({ format, mapping: createMapping({ name: 'm', template }) })
  const lookup = Object.assign((index: number) => originAt(index), { common })
  const told = convert(lines, lookup)
  expect(told).toStrictEqual(convert(lines, originAt))
  expect(told.rejections[1]?.origin).toStrictEqual(originAt(11))
  // The lines that are none, and no other.
  expect(told.lanes.object).toBe(Math.ceil(400 / 11))
})
