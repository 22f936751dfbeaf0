import { expect, test } from 'vitest'
import { createProgress, progressLine } from './progress.ts'

test.each([
  [0, '░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 B / 2.0 GiB  250,000 lines/s'],
  [1024 ** 3, '███████████████░░░░░░░░░░░░░░░  50 %  1.0 GiB / 2.0 GiB  250,000 lines/s'],
  [2 * 1024 ** 3, '██████████████████████████████ 100 %  2.0 GiB / 2.0 GiB  250,000 lines/s'],
])('%i bytes of 2 GiB', (done, expected) => {
  expect(progressLine({ done, total: 2 * 1024 ** 3, lines: 500_000, seconds: 2 })).toBe(expected)
})

test('without a total there is no bar', () => {
  expect(progressLine({ done: 1536, total: undefined, lines: 10, seconds: 0.5 })).toBe(
    '1.5 KiB  20 lines/s',
  )
})

test('without a terminal nothing is drawn', () => {
  const { write } = process.stderr
  const drawn: unknown[] = []
  process.stderr.write = (chunk) => drawn.push(chunk) > 0
  const progress = createProgress([{ path: 'a', size: 10, mtimeMs: undefined, origin: {} }], 'out')
  progress.read(10)
  progress.show(1)
  progress.clear()
  process.stderr.write = write
  expect(drawn).toStrictEqual([])
})
