/** How a transform walks through blocks of bytes, whichever lane takes the lines. */
import { createLineGenerator, createRandom } from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { parseFormat } from './format.ts'
import {
  addLedger,
  createMapping,
  emptyLedger,
  type Ledger,
  line,
  number,
  object,
  recordMapping,
  type TransformResult,
  type TransformSession,
  text,
} from './index.ts'
import { createBothLanes } from './lanes.test-support.ts'
import { createTransform } from './transform.ts'

const pairs = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })

function textOf({ output }: { readonly output: Uint8Array }): string {
  return new TextDecoder().decode(output)
}

/** All of a stream's results as one. */
function sum(results: readonly TransformResult[]): { output: string; ledger: Ledger } {
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return { output: results.map(textOf).join(''), ledger }
}

describe('the end of the input', () => {
  test('needs no line feed', () => {
    const one = '{"srcaddr":"10.0.0.1","bytes":1}\n'
    expect(['10.0.0.1 1', '10.0.0.1 1\n'].map((input) => textOf(pairs(input)))).toEqual([one, one])
    expect(pairs('10.0.0.1 1').ledger.lanes).toEqual({ kernel: 1 })
  })

  test('may be its beginning', () => {
    expect(pairs('')).toEqual({ output: new Uint8Array(), ledger: emptyLedger(), rejections: [] })
    const session = pairs.stream()
    expect(sum([session.write(new Uint8Array()), session.end()])).toEqual({
      output: '',
      ledger: emptyLedger(),
    })
  })

  test('is not looked for in the bytes behind a view', () => {
    const bytes = Buffer.from('10.0.0.1 1234\n10.0.0.2 5')
    expect(textOf(pairs(bytes.subarray(0, 10)))).toBe('{"srcaddr":"10.0.0.1","bytes":1}\n')
  })
})

describe('blocks', () => {
  const { columns } = parseFormat('v5')
  const generate = createLineGenerator(columns, createRandom(50))
  const lines = Array.from({ length: 60 }, () => generate().join(' '))
  lines.splice(
    20,
    0,
    '',
    'srcaddr bytes',
    '10.0.0.1 7',
    '10.0.0.1 07',
    'x',
    columns.map(({ name }) => name).join(' '),
  )
  const whole = Buffer.from(lines.join('\n'))
  const transform = createTransform({ format: 'v5', mapping: recordMapping })
  const expected = sum([transform(whole)])

  test('may be cut anywhere', () => {
    for (let cut = 0; cut <= whole.length; cut += 7) {
      const session = transform.stream()
      const parts = [whole.subarray(0, cut), whole.subarray(cut)].map((part) => session.write(part))
      expect(sum([...parts, session.end()])).toEqual(expected)
    }
  })

  test('may have one byte', () => {
    const session = transform.stream()
    const parts = Array.from(whole, (byte) => session.write(Uint8Array.of(byte)))
    expect(sum([...parts, session.end()])).toEqual(expected)
  })

  test('may belong to two streams in turn', () => {
    const sessions = [transform.stream(), transform.stream()] as const
    const results: [TransformResult[], TransformResult[]] = [[], []]
    for (let at = 0; at < whole.length; at += 100) {
      for (const [index, session] of sessions.entries()) {
        results[index]!.push(session.write(whole.subarray(at, at + 100)))
      }
      // A complete input in between disturbs neither.
      transform('x')
    }
    for (const [index, session] of sessions.entries()) results[index]!.push(session.end())
    expect(results.map(sum)).toEqual([expected, expected])
  })

  test('may be overwritten as soon as they were written', () => {
    const block = new Uint8Array(64)
    const session: TransformSession = transform.stream()
    const results: TransformResult[] = []
    for (let at = 0; at < whole.length; at += block.length) {
      const part = whole.subarray(at, at + block.length)
      block.set(part)
      results.push(session.write(block.subarray(0, part.length)))
      block.fill(0xff)
    }
    expect(sum([...results, session.end()])).toEqual(expected)
  })
})

describe('the output', () => {
  test('is a view that the next call overwrites, if the caller wants that', () => {
    const options = { format: 'srcaddr bytes', mapping: recordMapping, reuseOutput: true } as const
    const lending = createTransform(options)
    const { output } = lending('10.0.0.1 1\n')
    expect(textOf({ output })).toBe('{"srcaddr":"10.0.0.1","bytes":1}\n')
    const session = lending.stream()
    expect(textOf(session.write(Buffer.from('10.0.0.2 2\n10.0')))).toBe(
      '{"srcaddr":"10.0.0.2","bytes":2}\n',
    )
    expect(textOf({ output })).toBe('{"srcaddr":"10.0.0.2","bytes":2}\n')
    expect(textOf(session.write(Buffer.from('.0.3')))).toBe('')
    expect(textOf(lending('bad line'))).toBe('')
  })

  test('does not change when the transform is used again', () => {
    const first = pairs('10.0.0.1 1\n10.0.0.2 2')
    const before = textOf(first)
    pairs('192.0.2.255 999999999\n'.repeat(5000))
    expect(textOf(first)).toBe(before)
    first.output.fill(0)
    expect(textOf(pairs('10.0.0.1 1\n10.0.0.2 2'))).toBe(before)
  })

  test('grows with lines that are written several times', () => {
    const mapping = createMapping({
      name: 'long',
      template: { a: text('tenant_id'), b: text('tenant_id'), raw: line, n: number('bytes') },
    })
    const run = createBothLanes({ mapping, format: 'bytes tenant-id', maxLineLength: 1 << 20 })
    const sizes = [1, 1000, 20_000, 65_534, 65_535, 400_000, 3]
    const inputs = sizes.map((size) => `7 ${'x'.repeat(size)}`)
    expect(run(inputs.join('\n'))).toEqual({
      output: sizes
        .map((size, index) => {
          const tenant = 'x'.repeat(size)
          return `{"a":"${tenant}","b":"${tenant}","raw":"${inputs[index]}","n":7}\n`
        })
        .join(''),
      rejections: [],
      lanes: { kernel: sizes.length - 1, object: 1 },
    })
  })

  test('begins anew after an origin source that threw', () => {
    const mapping = createMapping({
      name: 'raw',
      template: object({ raw: line, uid: { op: 'id' } }),
    })
    const transform = createTransform({ format: 'srcaddr bytes', mapping })
    const failing = (index: number) => {
      if (index === 1) throw new Error('no origin')
      return {}
    }
    const clean = textOf(transform('10.0.0.3 3'))
    expect(() => transform('10.0.0.1 1\n10.0.0.2 2', failing)).toThrow('no origin')
    expect(textOf(transform.stream().write(new Uint8Array()))).toBe('')
    expect(textOf(transform('10.0.0.3 3'))).toBe(clean)
  })
})

describe('long lines', () => {
  const run = createBothLanes({ format: 'bytes tenant-id', mapping: recordMapping })

  test('of 64 KiB are the engine’s, and one character more is refused', () => {
    const longest = `7 ${'x'.repeat(65_534)}`
    expect(run(`${longest}\n${longest}x\n8 y`)).toEqual({
      output: `{"bytes":7,"tenant_id":"${'x'.repeat(65_534)}"}\n{"bytes":8,"tenant_id":"y"}\n`,
      rejections: [{ code: 'line_too_long', line: longest, origin: { line: 2 } }],
      lanes: { kernel: 2, object: 1 },
    })
  })

  test('may hold an account of any length', () => {
    const accounts = createBothLanes({
      format: 'bytes account-id',
      mapping: recordMapping,
      maxLineLength: 1_000_000,
    })
    const account = '1'.repeat(500_000)
    expect(accounts(`7 ${account}`)).toEqual({
      output: `{"bytes":7,"account_id":"${account}"}\n`,
      rejections: [],
      lanes: { object: 1 },
    })
  })
})

test('one quote per block sends one line to the object lane', () => {
  const run = createBothLanes({ format: 'bytes tenant-id', mapping: recordMapping })
  const lines = Array.from({ length: 1000 }, (_, index) => `${index} tenant`)
  lines[500] = '500 "'
  const { output, lanes } = run(lines.join('\n'))
  expect(lanes).toEqual({ kernel: 999, object: 1 })
  expect(output.split('\n')[500]).toBe('{"bytes":500,"tenant_id":"\\""}')
})
