import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyInput, badPair } from './flow-line.test-support.ts'
import { addLedger, emptyLedger, isBalanced } from './ledger.ts'
import type { Origin } from './origin.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type Transform, type TransformResult } from './transform.ts'

const pairs = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })
/** With a limit so small that generated lines exceed it. */
const narrow = createTransform({
  format: 'srcaddr bytes',
  mapping: recordMapping,
  maxLineLength: 16,
})

// Which lane took a line is the engine tests' business.
function read({ output, ledger, rejections }: TransformResult) {
  return { output: new TextDecoder().decode(output), ledger: { ...ledger, lanes: {} }, rejections }
}

/** The sum of what a stream makes of the chunks. */
function streamed(transform: Transform, chunks: readonly Uint8Array[], origin?: Origin) {
  const session = transform.stream(origin)
  const results = chunks.map((chunk) => session.write(chunk))
  results.push(session.end())
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return {
    output: results.map((result) => read(result).output).join(''),
    ledger: { ...ledger, lanes: {} },
    rejections: results.flatMap((result) => result.rejections),
    balanced: results.every((result) => isBalanced(result.ledger)),
  }
}

describe('a stream', () => {
  test('accounts for the lines that each chunk completed', () => {
    const session = pairs.stream({ key: 'a.log' })
    const first = read(session.write(Buffer.from('10.0.0.1 1\n10.0.0.2')))
    const second = read(session.write(Buffer.from(' x')))
    const third = read(session.write(Buffer.from('\r\n\n10.0.0.3 3')))
    const last = read(session.end())
    expect([first, second, third, last]).toStrictEqual([
      {
        output: '{"srcaddr":"10.0.0.1","bytes":1}\n',
        ledger: { ...emptyLedger(), lines: 1, emitted: 1 },
        rejections: [],
      },
      { output: '', ledger: emptyLedger(), rejections: [] },
      {
        output: '',
        ledger: {
          ...emptyLedger(),
          lines: 2,
          rejected: 1,
          blank: 1,
          rejections: { bad_integer: 1 },
          notes: { crlf: 1 },
        },
        rejections: [
          {
            code: 'bad_integer',
            field: 'bytes',
            value: 'x',
            line: '10.0.0.2 x\r',
            origin: { key: 'a.log', line: 2 },
          },
        ],
      },
      {
        output: '{"srcaddr":"10.0.0.3","bytes":3}\n',
        ledger: { ...emptyLedger(), lines: 1, emitted: 1 },
        rejections: [],
      },
    ])
  })

  test('remembers the header and the place across chunks', () => {
    const chunks = ['bytes src', 'addr\n1 10.0', '.0.1\n2 10.0.0.2\nx'].map((chunk) =>
      Buffer.from(chunk),
    )
    expect(streamed(pairs, chunks)).toStrictEqual({
      output: '{"bytes":1,"srcaddr":"10.0.0.1"}\n{"bytes":2,"srcaddr":"10.0.0.2"}\n',
      ledger: {
        ...emptyLedger(),
        lines: 4,
        header: 1,
        emitted: 2,
        rejected: 1,
        rejections: { too_few_values: 1 },
      },
      rejections: [{ code: 'too_few_values', field: 'srcaddr', line: 'x', origin: { line: 4 } }],
      balanced: true,
    })
  })

  test('makes nothing of nothing', () => {
    expect(read(pairs.stream().end())).toStrictEqual({
      output: '',
      ledger: emptyLedger(),
      rejections: [],
    })
  })

  test('does not depend on the chunk after it has taken it', () => {
    const session = pairs.stream()
    const buffer = Buffer.alloc(8)
    const outputs = ['10.0.0.1', ' 1\n10.0.', '0.2 2\n  '].map((text) => {
      buffer.write(text)
      return read(session.write(buffer)).output
    })
    expect(outputs).toEqual([
      '',
      '{"srcaddr":"10.0.0.1","bytes":1}\n',
      '{"srcaddr":"10.0.0.2","bytes":2}\n',
    ])
  })

  test('has streams beside it that know nothing of each other', () => {
    const one = pairs.stream()
    const other = pairs.stream()
    one.write(Buffer.from('bytes srcaddr\n1 10.'))
    other.write(Buffer.from('10.0.'))
    const outputs = [one.write(Buffer.from('0.0.1\n')), other.write(Buffer.from('0.2 2\n'))]
    expect(outputs.map((result) => read(result).output)).toEqual([
      '{"bytes":1,"srcaddr":"10.0.0.1"}\n',
      '{"srcaddr":"10.0.0.2","bytes":2}\n',
    ])
  })
})

describe('an overlong line', () => {
  test('of many chunks is one rejection, and what follows is read', () => {
    const session = pairs.stream()
    const chunk = Buffer.alloc(1 << 20, 'x')
    const quiet = Array.from({ length: 64 }, () => read(session.write(chunk)))
    expect(quiet).toStrictEqual(
      quiet.map(() => ({ output: '', ledger: emptyLedger(), rejections: [] })),
    )
    expect(read(session.write(Buffer.from('x\n10.0.0.1 1\n')))).toStrictEqual({
      output: '{"srcaddr":"10.0.0.1","bytes":1}\n',
      ledger: {
        ...emptyLedger(),
        lines: 2,
        emitted: 1,
        rejected: 1,
        rejections: { line_too_long: 1 },
      },
      rejections: [{ code: 'line_too_long', line: 'x'.repeat(65_536), origin: { line: 1 } }],
    })
  })

  test('takes no more memory than the limit, however long it gets', () => {
    const session = narrow.stream()
    const chunk = Buffer.alloc(1 << 16, 'x')
    session.write(chunk)
    const before = process.memoryUsage().arrayBuffers
    for (let count = 0; count < 1000; count++) session.write(chunk)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    expect(session.end().ledger.rejections).toEqual({ line_too_long: 1 })
  })

  test.each([
    ['at the end', Buffer.from('😀'.repeat(40))],
    ['where its bytes are cut', Buffer.from(`${'€'.repeat(16)}😀${'x'.repeat(40)}`)],
    ['when it is not UTF-8', Buffer.concat([Buffer.alloc(60, 0xff), Buffer.alloc(60, 'x')])],
    ['when only its end is not UTF-8', Buffer.concat([Buffer.alloc(60, 'x'), Buffer.from([0xff])])],
  ])('is the same in one shot and byte by byte, %s', (_, line) => {
    const { balanced, ...result } = streamed(
      narrow,
      [...line].map((byte) => Uint8Array.of(byte)),
    )
    expect(balanced).toBe(true)
    expect(result).toStrictEqual(read(narrow(line)))
    expect(result.ledger.rejections).toEqual({ line_too_long: 1 })
  })
})

describe('chunks do not matter', () => {
  const crlf = fc
    .array(
      fc.oneof(
        badPair.map(([, line]) => line),
        fc.constantFrom('10.0.0.1 1', '😀 €é', ''),
      ),
    )
    .map((lines) => lines.join('\r\n'))
  const bytes = fc.oneof(
    anyInput.map((text) => new TextEncoder().encode(text)),
    crlf.map((text) => new TextEncoder().encode(text)),
    fc
      .array(fc.oneof(fc.constantFrom(10, 13, 32, 0xe2, 0x82, 0xac, 0xff), fc.nat(255)))
      .map((list) => Uint8Array.from(list)),
  )
  const cuts = fc.array(fc.nat(600), { maxLength: 12 })

  function slices(input: Uint8Array, cuts: readonly number[]): Uint8Array[] {
    const edges = [0, ...cuts.map((cut) => Math.min(cut, input.length)), input.length]
    edges.sort((left, right) => left - right)
    return edges.slice(1).map((edge, index) => input.subarray(edges[index], edge))
  }

  test.each([
    ['lines within the limit', pairs],
    ['lines beyond the limit', narrow],
  ])('wherever they are cut: %s', (_, transform) => {
    fc.assert(
      fc.property(bytes, cuts, (input, cuts) => {
        const { balanced, ...result } = streamed(transform, slices(input, cuts), { key: 'k' })
        expect(result).toStrictEqual(read(transform(input, { key: 'k' })))
        expect(balanced).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('even when every byte comes alone', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const { balanced, ...result } = streamed(
          narrow,
          [...input].map((byte) => Uint8Array.of(byte)),
        )
        expect(result).toStrictEqual(read(narrow(input)))
        expect(balanced).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
