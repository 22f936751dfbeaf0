import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from './decode-base64.ts'
import { takeKernel } from './envelope-kernel.ts'
import { createFirehoseBody, type FirehoseRecord } from './firehose-body.ts'
import { createRecordWindow } from './record-window.ts'

const kernel = takeKernel()
const takePlainRecords = () => createRecordWindow({ kernel: () => kernel })

describe('any body, in any chunks,', () => {
  const data = fc.oneof(
    fc.base64String(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('YQ==', 'YQ=', '+//+', '-_-_', '\\', '"', '"}'),
  )
  const any = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  const record = fc.oneof(
    { weight: 3, arbitrary: data.map((each) => ({ data: each })) },
    fc.record({ data: fc.oneof(data, any), x: any }, { requiredKeys: [] }),
    any,
  )
  const document = fc
    .tuple(
      fc.record(
        {
          records: fc.array(record),
          requestId: fc.constant('r'),
          x: any,
          __proto__: any,
          timestamp: fc.nat(),
        },
        { requiredKeys: ['records'] },
      ),
      fc.boolean(),
    )
    // In either order.
    .map(([members, isReversed]) =>
      isReversed ? Object.fromEntries(Object.entries(members).reverse()) : members,
    )
  const body = fc
    .record({
      document,
      indent: fc.constantFrom('', ' ', '\t'),
      lineEnding: fc.constantFrom('\n', '\r\n'),
      escaped: fc.constantFrom(/(?!)/g, /[d/]/g, /[Q=]/g),
      mark: fc.constantFrom('', '\uFEFF'),
    })
    .map(({ document, indent, lineEnding, escaped, mark }) => {
      // Line feeds stand between tokens only; those characters, in strings only.
      const json = JSON.stringify(document, null, indent).replaceAll('\n', lineEnding)
      return Buffer.from(mark + json.replace(escaped, toEscape))
    })
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(body, sizes, (bytes, each) => {
        expect(outcome(bytes, each)).toStrictEqual(expectedOutcome(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  test('is refused exactly when it is no body, however it was damaged', () => {
    const damage = fc.record({
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 3 }),
      insert: fc.oneof(
        fc.constantFrom(
          '"',
          '\\',
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          ' ',
          '1',
          '-',
          'e',
          '\n',
          '\0',
          'null',
        ),
        fc.string({ unit: 'binary', maxLength: 2 }),
      ),
    })
    fc.assert(
      fc.property(body, fc.array(damage, { maxLength: 2 }), sizes, (bytes, damages, each) => {
        let damaged: Buffer = bytes
        for (const { at, remove, insert } of damages) {
          const from = at % (damaged.length + 1)
          const rest = damaged.subarray(from + remove)
          damaged = Buffer.concat([damaged.subarray(0, from), Buffer.from(insert, 'latin1'), rest])
        }
        expect(outcome(damaged, each)).toStrictEqual(expectedOutcome(damaged))
      }),
      { numRuns: 3000 },
    )
  })

  function outcome(bytes: Buffer, each: readonly number[]) {
    try {
      return read(bytes, each).map((record) => {
        if (record instanceof Uint8Array) return record.toString()
        if ('lines' in record) return record.lines.toString()
        return record.code === 'bad_base64' ? record : { ...record, line: JSON.parse(record.line) }
      })
    } catch {
      return 'refused'
    }
  }

  function expectedOutcome(bytes: Buffer) {
    let parsed: unknown
    try {
      parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      return 'refused'
    }
    const { requestId = 'r', records } = Object(parsed)
    if (Array.isArray(parsed) || requestId !== 'r' || !Array.isArray(records)) return 'refused'
    return records.map((each: unknown) => {
      const found = Object(each).data
      if (typeof found !== 'string' || Array.isArray(each)) {
        return { code: 'unknown_shape', line: each }
      }
      return decodeBase64(found)?.toString() ?? { code: 'bad_base64', line: found }
    })
  }
})

function toEscape(character: string): string {
  if (character === '/') return '\\/'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The records of a body that comes in chunks of some sizes, over and over. */
function read(bytes: Uint8Array, sizes: readonly number[]): FirehoseRecord[] {
  const body = createFirehoseBody({
    requestId: 'r',
    maxRecords: 1000,
    takePlainRecords: takePlainRecords(),
  })
  const records: FirehoseRecord[] = []
  for (let at = 0, next = 0; at < bytes.length; next++) {
    const size = sizes[next % sizes.length] ?? 1
    records.push(...body.write(bytes.subarray(at, at + size)))
    at += size
  }
  body.end()
  return records
}
