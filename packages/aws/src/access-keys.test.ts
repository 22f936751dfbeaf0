import { expect, test } from 'vitest'
import { type AccessKeys, createKeyCheck } from './access-keys.ts'

test('any of the keys is accepted, and nothing else', () => {
  const isAccepted = createKeyCheck(['old', 'new', 'schlüssel'])
  // A header shows the bytes of UTF-8 as Latin-1.
  const header = Buffer.from('schlüssel', 'utf8').toString('latin1')
  const presented = ['old', 'new', header, 'ol', 'older', 'OLD', '', 'old, new', null]
  expect(presented.map(isAccepted)).toStrictEqual([
    ...[true, true, true],
    ...[false, false, false, false, false, false],
  ])
})

test("'none' accepts anybody", () => {
  expect([null, '', 'key'].map(createKeyCheck('none'))).toStrictEqual([true, true, true])
})

test.each([
  [undefined, "accessKeys needs at least one key, or 'none' to let anybody deliver"],
  [[], "accessKeys needs at least one key, or 'none' to let anybody deliver"],
  ['secret', "accessKeys needs at least one key, or 'none' to let anybody deliver"],
  [['a', ''], 'accessKeys has an empty key'],
])('%j is a mistake', (accessKeys, message) => {
  expect(() => createKeyCheck(accessKeys as AccessKeys)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message }),
  )
})
