import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { splitRecord, type Weight } from './split-record.ts'

/** Pieces like 2A weigh 2, and are of the group A; "header" is one. */
function weigh(piece: Uint8Array): Weight {
  const text = Buffer.from(piece).toString()
  const flows = [...text.matchAll(/(\d)([A-Z])/g)]
  const headers = text.match(/header/g)?.length ?? 0
  const bytes = flows.reduce((sum, [, digit]) => sum + Number(digit), 0)
  const group = flows[0]?.[2]
  return { bytes, lines: text.split(/\n|\\n/).length, headers, ...(group && { group }) }
}

function split(record: string | Uint8Array, maxBytes = 3): readonly string[] | undefined {
  const options = { weigh, maxBytes, maxInflatedBytes: 10_000 }
  const parts = splitRecord(Buffer.from(record as string), options)
  return parts?.map((part) => Buffer.from(part).toString())
}

describe('text', () => {
  test('is split between lines, by weight', () => {
    expect(split('1A\n2A\n1A\n1A\n1A\n1A\n')).toStrictEqual(['1A\n2A', '1A\n1A\n1A', '1A'])
  })

  test('is split by groups; what has none stays with what came before', () => {
    expect(split('1A\n1B\n# B\nbad\n1A\n1B')).toStrictEqual(['1A\n1A', '1B\n# B\nbad\n1B'])
  })

  test('keeps its header in every part', () => {
    expect(split('header 1\n1A\n2B\n2A\nheader 2\n1A\n1B\n')).toStrictEqual([
      'header 1\n1A\n2A',
      'header 1\n2B',
      'header 2\n1A',
      'header 2\n1B',
    ])
  })

  test('of one line, or of a header and one line, cannot be split', () => {
    expect(split('9A\n')).toBeUndefined()
    expect(split('header\n9A\n')).toBeUndefined()
    expect(split('')).toBeUndefined()
  })

  test('with a line that is too much leaves it alone', () => {
    expect(split('1A\n9A\n1A')).toStrictEqual(['1A', '9A', '1A'])
  })
})

describe('JSON', () => {
  const message = (text: string) => JSON.stringify({ message: text })

  test('is split between objects, concatenated or one per line', () => {
    const messages = ['1A', '2A', '3A'].map(message)
    const parts = [messages.slice(0, 2).join('\n'), message('3A')]
    expect(split(messages.join(''))).toStrictEqual(parts)
    expect(split(`\ufeff\n${messages.join('\n')}\n`)).toStrictEqual(parts)
    expect(split(`[${messages.join(', ')}]`)).toStrictEqual(parts)
  })

  test('that is broken, and text in between, stay as they are', () => {
    const broken = '{"message":"3A'
    expect(split(`${message('3A')}${broken}\n3A\n${message('3A')}`)).toStrictEqual([
      message('3A'),
      broken,
      '3A',
      message('3A'),
    ])
  })

  test('with a header among the lines of one object cannot be split', () => {
    expect(split([message('header\n3A'), message('3A')].join(''))).toBeUndefined()
    expect(split([message('header'), message('3A'), message('2B')].join(''))).toStrictEqual([
      `${message('header')}\n${message('3A')}`,
      `${message('header')}\n${message('2B')}`,
    ])
  })
})

describe('a payload of CloudWatch Logs', () => {
  const envelope = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['toFirehose'],
    policyLevel: 'ACCOUNT_LEVEL_POLICY',
  }
  const event = (message: string) => ({
    id: '3634',
    timestamp: 1720724137000,
    extractedFields: { eni: '-' },
    message,
  })
  const payload = (...messages: readonly string[]) => ({
    ...envelope,
    logEvents: messages.map(event),
  })
  const all = payload('1A', 'bad', '1B', '2A', '2B', '1A')
  const parts = [payload('1A', 'bad', '2A'), payload('1B', '2B'), payload('1A')]

  test('is split into payloads with the same envelope', () => {
    expect(split(JSON.stringify(all))?.map((part) => JSON.parse(part))).toStrictEqual(parts)
  })

  test('is compressed again if it was compressed, once', () => {
    for (const bytes of [gzipSync(JSON.stringify(all)), gzipSync(gzipSync(JSON.stringify(all)))]) {
      const made = splitRecord(bytes, { weigh, maxBytes: 3, maxInflatedBytes: 10_000 })
      expect(made?.map((part) => JSON.parse(gunzipSync(part).toString()))).toStrictEqual(parts)
    }
  })

  test('next to others is split like them', () => {
    const [first, second] = [payload('1A', '1A'), payload('1A', '1B')]
    const made = split(JSON.stringify(first) + JSON.stringify(second))
    expect(made?.map((part) => part.split('\n').map((each) => JSON.parse(each)))).toStrictEqual([
      [payload('1A', '1A'), payload('1A')],
      [payload('1B')],
    ])
  })
})

test('what cannot be inflated cannot be split', () => {
  const bytes = gzipSync('1A\n2A\n2A\n')
  const options = { weigh, maxBytes: 3, maxInflatedBytes: 5 }
  expect(splitRecord(bytes, options)).toBeUndefined()
  expect(splitRecord(bytes.subarray(0, -9), { ...options, maxInflatedBytes: 1000 })).toBeUndefined()
})
