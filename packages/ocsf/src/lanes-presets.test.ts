/** The lanes test again, for the formats that have a name; in a file of its own to run beside it. */
import { presets } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { formats, headerOf } from './formats.test-support.ts'
import { describeGeneratedLines } from './lanes.test-support.ts'

test('there are twenty formats, and the first are the presets', () => {
  expect(new Set(formats.map(headerOf)).size).toBe(20)
  expect(formats.slice(0, 11).map(headerOf)).toEqual(Object.values(presets))
})

describeGeneratedLines(formats.slice(0, 11))
