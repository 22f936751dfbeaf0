import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createLakeKeys, type LakePlace, toObjectName } from './security-lake-key.ts'

const place: LakePlace = { source: 'flowlogs', region: 'eu-central-1' }
const { partition } = createLakeKeys(place)

describe('a partition', () => {
  test('has the account and the UTC day', () => {
    expect(partition('012345678901', Date.UTC(2025, 6, 11, 15, 39))).toBe(
      'ext/flowlogs/region=eu-central-1/accountId=012345678901/eventDay=20250711',
    )
  })

  test.each([
    ['2025-12-31T23:59:59.999Z', '20251231'],
    ['2026-01-01T00:00:00.000Z', '20260101'],
    ['2024-02-29T12:00:00.000Z', '20240229'],
  ])('of %s ends with eventDay=%s', (time, day) => {
    expect(partition('123456789012', Date.parse(time)).split('eventDay=')[1]).toBe(day)
  })

  test.each([undefined, 'unknown', '12345', '1234567890123', '../../../etc', '12345678901a', ''])(
    'of the account %j is the fallback',
    (account) => {
      expect(partition(account, 0)).toBe(
        'ext/flowlogs/region=eu-central-1/accountId=external/eventDay=19700101',
      )
    },
  )

  test.each(['external_on-premises', '999999999999'])('falls back on %s', (fallbackAccount) => {
    expect(createLakeKeys({ ...place, fallbackAccount }).partition(undefined, 0)).toBe(
      `ext/flowlogs/region=eu-central-1/accountId=${fallbackAccount}/eventDay=19700101`,
    )
  })

  test('has the version of a source', () => {
    const versioned = createLakeKeys({ source: 'flowlogs/1.0', region: 'us-gov-west-1' })
    expect(versioned.partition('123456789012', 0)).toBe(
      'ext/flowlogs/1.0/region=us-gov-west-1/accountId=123456789012/eventDay=19700101',
    )
  })
})

test.each<[Partial<LakePlace>, string]>([
  [{ source: '' }, 'the name of a custom source'],
  [{ source: 'ext/flowlogs/' }, 'the name of a custom source'],
  [{ source: '..' }, 'the name of a custom source'],
  [{ source: 'flowlogs/..' }, 'the name of a custom source'],
  [{ region: 'Frankfurt' }, 'a region'],
  [{ fallbackAccount: 'unknown' }, 'a fallback account'],
])('%j is refused', (wrong, message) => {
  expect(() => createLakeKeys({ ...place, ...wrong })).toThrow(message)
})

test('a name follows from the ids and their order', () => {
  const hex = createHash('sha256').update('a\nb\n').digest('hex')
  expect(toObjectName(['a', 'b'])).toBe(`${hex.slice(0, 32)}.parquet`)
  expect(toObjectName(['b', 'a'])).not.toBe(toObjectName(['a', 'b']))
  expect(toObjectName(['ab'])).not.toBe(toObjectName(['a', 'b']))
})
