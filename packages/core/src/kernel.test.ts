/** What is special about the kernel: its blocks, its memory, and hosts that cannot run it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@flowlogs/conformance'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compilePlan } from './compile-plan.ts'
import {
  allFields,
  bits,
  choose,
  communityId,
  compileKernel,
  createMapping,
  createTransform,
  datetime,
  duration,
  id,
  is,
  line,
  type Mapping,
  number,
  object,
  origin,
  parseFormat,
  recordMapping,
  rest,
  type Template,
  text,
  when,
} from './index.ts'
import { blockBytes, maxDescribed, maxRules, originTextBytes } from './kernel-layout.ts'
import { createKernel } from './kernel-module.ts'
import { kernelVersion } from './kernel-note.ts'
import { createBothLanes } from './lanes.test-support.ts'
import { siphash128 } from './siphash.ts'

interface WebAssemblyLike {
  validate(code: Uint8Array): boolean
  readonly Module: new (code: Uint8Array) => object
}

function mappingOf(template: Template): Mapping {
  return createMapping({ name: 'test', template })
}

function lanesOf(format: string, template: Template, input: string) {
  return createBothLanes({ format, mapping: mappingOf(template) })(input).lanes
}

describe('blocks', () => {
  const format = 'bytes tenant-id'

  test('end anywhere in a line', () => {
    const run = createBothLanes({ format, mapping: recordMapping, maxLineLength: blockBytes })
    // The block ends at each place of the last line that no longer fits, and right behind one.
    for (let length = 0; length < 24; length++) {
      const first = `7 ${'x'.repeat(blockBytes - 40 + length)}`
      const { lanes } = run(`${first}\n8 abcdefghijkl\n9 ${'y'.repeat(40)}\n10 z\n`)
      expect(lanes).toEqual({ kernel: 4 })
    }
  })

  test('may hold no whole line', () => {
    const run = createBothLanes({ format, mapping: recordMapping, maxLineLength: blockBytes * 2 })
    const fits = `7 ${'x'.repeat(blockBytes - 3)}`
    expect(run(`8 y\n${fits}\n8 y`).lanes).toEqual({ kernel: 3 })
    expect(run(`8 y\n${fits}x\n8 y`).lanes).toEqual({ kernel: 2, object: 1 })
  })

  test('of short and long lines that have the right number of values together', () => {
    const lines = ['1 a', '2 b c', '3', '4 d', '5', '6 e f', 'g\n7', '8 9 10 h']
    const random = createRandom(70)
    const run = createBothLanes({ format, mapping: recordMapping })
    for (let round = 0; round < 300; round++) {
      run(Array.from({ length: 6 }, () => random.pick(lines)).join('\n'))
    }
    expect(lanesOf(format, { n: number('bytes') }, '1 a\n2\n3 b c\n4 d')).toEqual({
      kernel: 2,
      object: 2,
    })
  })

  test('with a quote in each of them are still the kernel’s', () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, at) => `${at} ${at % 1000 === 500 ? '"' : 'x'}`,
    )
    expect(lanesOf(format, { n: number('bytes') }, lines.join('\n'))).toEqual({
      kernel: 49_950,
      object: 50,
    })
  })

  test('of nothing but delimiters', () => {
    const run = createBothLanes({ format, mapping: recordMapping })
    for (const text of ['\n'.repeat(500), ' '.repeat(300), '"'.repeat(300), '- -\n'.repeat(400)]) {
      run(`1 a\n${text}\n2 b\n`)
    }
  })
})

describe('the memory', () => {
  test('is used by many formats in turns', () => {
    const mapping = mappingOf({ uid: id, unmapped: rest })
    const formats = ['bytes region', 'srcaddr bytes', 'start end action', 'bytes packets x']
    const lines = ['7 x\n8 -', '10.0.0.1 7\n::1 8', '1763700000 1763700060 ACCEPT', '1 2 3']
    const input = Array.from({ length: 12 }, (_, at) => `${formats[at % 4]}\n${lines[at % 4]}`)
    const { lanes } = createBothLanes({ mapping })(input.join('\n'))
    expect(lanes).toEqual({ kernel: 18, object: 12 })
  })

  test('does not take one input for another in the same buffer', () => {
    const mapping = mappingOf({ n: number('bytes'), unmapped: rest })
    const results = (['kernel', 'object'] as const).map((engine) => {
      const transform = createTransform({ format: 'bytes region', mapping, engine })
      const decode = (text: string) => Buffer.from(transform(text).output).toString()
      return [
        decode('1 a\n07 b\n'),
        decode('2 c\n3 d\n08 e\n'),
        decode('bytes action\n1 ACCEPT\n"\nbytes region\n4 f\n5 "\n'),
        decode('bytes log-status\n"\n6 OK\nbytes region\n7 g\n'),
      ]
    })
    expect(results[0]).toEqual(results[1])
  })

  test('has room for an output of any size, in several pieces', () => {
    const template = object({ raw: line }, { twice: [line, line, line] })
    const long = Array.from({ length: 90 }, (_, at) => `${at} ${'x'.repeat(30_000)}`)
    const short = Array.from({ length: 40_000 }, (_, at) => `${at} ${'y'.repeat(at % 50)}z`)
    expect(lanesOf('bytes tenant-id', template, [...long, '07 x', ...short].join('\n'))).toEqual({
      kernel: 40_090,
      object: 1,
    })
  })

  test('describes more events than it has room for at once', () => {
    const count = maxDescribed * 2 + 3
    const lines = Array.from(
      { length: count },
      (_, at) => `${at} 17637000${10 + (at % 90)} a${at % 3}`,
    )
    expect(lanesOf('bytes start account-id', { n: number('bytes') }, lines.join('\n'))).toEqual({
      kernel: count,
    })
  })

  test('leaves lines with an origin that is too long to the object lane', () => {
    const template = { n: number('bytes'), key: text(origin('key')) }
    const transform = createTransform({ format: 'bytes', mapping: mappingOf(template) })
    const longest = Math.floor(originTextBytes / 3)
    for (const [length, lane] of [
      [longest, 'kernel'],
      [longest + 1, 'object'],
    ] as const) {
      const key = 'k'.repeat(length)
      const { output, ledger } = transform('7\n8', { key })
      expect(ledger.lanes).toEqual({ [lane]: 2 })
      expect(Buffer.from(output).toString()).toBe(
        `{"n":7,"key":"${key}"}\n{"n":8,"key":"${key}"}\n`,
      )
    }
  })

  test('takes an origin for each line, even if asking for it runs a transform', () => {
    const template = { uid: id, key: text(origin('key')), at: datetime(origin('timestamp')) }
    const other = createTransform({ format: 'bytes tenant-id', mapping: recordMapping })
    const run = createBothLanes({ format: 'bytes tenant-id', mapping: mappingOf(template) })
    const lines = Array.from({ length: 50 }, (_, at) => `${at} ${at === 20 ? '"' : 'x'}`)
    const { lanes } = run(lines.join('\n'), (index) => {
      other('1 2\n3 4')
      return { line: index, key: `k${index % 3}€`, timestamp: 1_763_700_061_000 + index }
    })
    expect(lanes).toEqual({ kernel: 49, object: 1 })
  })

  test('has no room for the counts of very many filter rules', () => {
    const lanesWith = (rules: number) => {
      const filter = Array.from({ length: rules }, (_, rule) => ({
        name: `${rule}`,
        drop: is('bytes', `${rule}`),
      }))
      return createTransform({ format: 'bytes', mapping: recordMapping, filter })('7\n8').ledger
    }
    expect(lanesWith(maxRules)).toMatchObject({ filters: { 7: 1, 8: 1 }, lanes: { kernel: 2 } })
    expect(lanesWith(maxRules + 1)).toMatchObject({
      filters: { 7: 1, 8: 1 },
      lanes: { portable: 2 },
    })
  })
})

test('times, durations and ids are the same for any time and any length', () => {
  const template = { at: datetime('start'), took: duration('start', 'end'), uid: id, of: rest }
  const run = createBothLanes({ format: 'start end tenant-id', mapping: mappingOf(template) })
  const time = fc.integer({ min: 1_000_000_000, max: 9_999_999_999 })
  const value = fc.string({
    minLength: 1,
    maxLength: 80,
    unit: fc.constantFrom('a', '-', ':', '7'),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(time, time, value), { maxLength: 20 }), (rows) => {
      const lines = rows.map((row) => row.join(' '))
      const { lanes } = run(lines.join('\n'))
      expect(lanes).toEqual(rows.length > 0 ? { kernel: rows.length } : {})
    }),
    { numRuns: 300 },
  )
})

test('a value that is in the event many times has room for all of them', () => {
  const template = { of: Array.from({ length: 30 }, () => text('tenant_id')) }
  const lines = Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(at * 3000)}y`)
  expect(lanesOf('bytes tenant-id', template, lines.join('\n'))).toEqual({ kernel: 20 })
})

describe('a module', () => {
  const format = parseFormat('v5')
  const template = { uid: id, ip: text('pkt_srcaddr', 'srcaddr'), six: when(is('type', 'IPv6'), 1) }

  function moduleOf(): Uint8Array | undefined {
    const plan = compilePlan(mappingOf(template), format)
    const options = { format, key: new Uint8Array(16), maxLineLength: 65_536 }
    return plan && createKernel({ ...options, plan })?.code
  }

  test('is the same whenever it is made, and one that WebAssembly accepts', () => {
    const bytes = moduleOf()!
    expect(moduleOf()).toEqual(bytes)
    const host = globalThis as unknown as { WebAssembly: WebAssemblyLike }
    expect(host.WebAssembly.validate(bytes)).toBe(true)
  })
})

describe('a kernel made ahead of time', () => {
  const { Module } = (globalThis as unknown as { WebAssembly: WebAssemblyLike }).WebAssembly
  const filter = [{ name: 'web', drop: is('dstport', '443') }]
  const template = { uid: id, port: number('dstport'), key: text(origin('key')), unmapped: rest }
  const options = { format: 'v2', mapping: mappingOf(template), filter, index: true } as const
  const kernel = new Module(compileKernel(options))
  const record =
    '2 123456789010 eni-1 10.0.0.1 ::1 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
  const input = `${record}\n${record.replace(' 22 ', ' 443 ')}\n${record.replace('22', '"')}\n`

  test('does what one does that is made at run time', () => {
    const made = createTransform(options)(input, { key: 'k' })
    expect(made.ledger).toMatchObject({ lanes: { kernel: 2, object: 1 }, filters: { web: 1 } })
    expect(createTransform({ ...options, kernel })(input, { key: 'k' })).toEqual(made)
  })

  test('serves its own format, and others get theirs', () => {
    const transform = createTransform({ ...options, kernel })
    const { ledger } = transform(`${record}\nsrcaddr dstport\n10.0.0.1 22\n`)
    expect(ledger.lanes).toEqual({ kernel: 2, object: 1 })
  })

  test.each([
    ['mapping', { mapping: recordMapping }],
    ['format', { format: 'v3' }],
    ['filter', { filter: [] }],
    ['key of ids', { idKey: new Uint8Array(16).fill(1) }],
    ['limit of lines', { maxLineLength: 100 }],
  ])('is refused with another %s', (_, other) => {
    expect(() => createTransform({ ...options, kernel, ...other })).toThrow(
      'the kernel was made for other options, or by another version',
    )
  })

  test('is refused if it is none', () => {
    const empty = new Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    for (const wrong of [empty, {}]) {
      expect(() => createTransform({ ...options, kernel: wrong })).toThrow('made by compileKernel')
    }
    expect(() => compileKernel({ format: 'action', mapping: recordMapping })).toThrow(
      'there can be no kernel for this mapping and format',
    )
  })

  // What a kernel made by one version says must not be misread by the next.
  test('says which version of kernels it is: raise kernelVersion if this fails', () => {
    const everything = {
      all: allFields,
      at: datetime('start'),
      took: duration('start', 'end'),
      uid: id,
      flow: communityId(['srcaddr'], ['dstaddr']),
      from: text('pkt_srcaddr', 'srcaddr'),
      key: text(origin('key')),
      flags: when(bits('tcp_flags', 2, 2), true),
      protocol: choose('protocol', { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6' }),
      unmapped: rest,
    }
    const bytes = compileKernel({ ...options, format: 'v5', mapping: mappingOf(everything) })
    expect([kernelVersion, siphash128(bytes, bytes.length, new Uint8Array(16))]).toEqual([
      5,
      'fc2735a27ea8f68eaf4414f4d841c984',
    ])
  })
})

describe('the option engine', () => {
  const lines = '7\n8'
  test.each([
    ['auto', { kernel: 2 }],
    ['kernel', { kernel: 2 }],
    ['portable', { portable: 2 }],
    ['object', { object: 2 }],
  ] as const)('%s', (engine, lanes) => {
    const transform = createTransform({ format: 'bytes', mapping: recordMapping, engine })
    expect(transform(lines).ledger.lanes).toEqual(lanes)
  })

  test('kernel is refused where there cannot be one', () => {
    expect(() =>
      createTransform({ format: 'action', mapping: recordMapping, engine: 'kernel' }),
    ).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: expect.stringMatching(/^there can be no kernel/),
      }),
    )
  })
})

describe('a host', () => {
  const program = `
    import { createTransform, recordMapping } from './index.js'
    const transform = createTransform({ format: 'bytes srcaddr', mapping: recordMapping })
    const { output, ledger } = transform('7 10.0.0.1\\n8 ::1\\n9 "\\n')
    console.log(new TextDecoder().decode(output) + JSON.stringify(ledger.lanes))
    try { createTransform({ mapping: recordMapping, engine: 'kernel' }) } catch ({ name }) { console.log(name) }
  `
  const events = '{"bytes":7,"srcaddr":"10.0.0.1"}\n{"bytes":8,"srcaddr":"::1"}\n'
  const refusal = 'ConfigurationError\n'
  let folder = ''

  // Node itself needs WebAssembly to take the types away, so that is done before.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kernel-'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    for (const name of readdirSync(import.meta.dirname)) {
      if (/\.test(?:-support)?\.ts$/.test(name)) continue
      const code = stripTypeScriptTypes(readFileSync(join(import.meta.dirname, name), 'utf8'))
      const imports = code.replaceAll(/(?<=from '\.\/[a-z0-9-]+)\.ts'/g, ".js'")
      writeFileSync(join(folder, name.replace(/\.ts$/, '.js')), imports)
    }
    writeFileSync(join(folder, 'main.js'), program)
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function run(flag: string): string {
    return execFileSync(process.execPath, [flag, join(folder, 'main.js')]).toString()
  }

  test('that forbids eval has a kernel', () => {
    const printed = run('--disallow-code-generation-from-strings')
    expect(printed).toBe(`${events}{"kernel":2,"object":1}\n`)
  })

  test('without WebAssembly has the portable engine', () => {
    expect(run('--jitless')).toBe(`${events}{"portable":2,"object":1}\n${refusal}`)
  })

  test('that compiles no bytes, as Workers do not, has the kernel that it is given', () => {
    writeFileSync(
      join(folder, 'worker.js'),
      `
        import { compileKernel, createTransform, recordMapping } from './index.js'
        const options = { format: 'bytes srcaddr', mapping: recordMapping }
        const kernel = new WebAssembly.Module(compileKernel(options))
        WebAssembly.Module = new Proxy(WebAssembly.Module, { construct() { throw new Error('files only') } })
        for (const each of [{ ...options, kernel }, options]) {
          const { ledger } = createTransform(each)('7 10.0.0.1\\nbytes action\\n7 OK\\n')
          console.log(JSON.stringify(ledger.lanes))
        }
      `,
    )
    const printed = execFileSync(process.execPath, [join(folder, 'worker.js')]).toString()
    expect(printed).toBe('{"kernel":1,"object":1,"portable":1}\n{"portable":2,"object":1}\n')
  })

  // Other processors have no flag that takes their vectors away.
  test.runIf(process.arch === 'x64')('without SIMD has the portable engine', () => {
    expect(run('--no-enable-sse4-1')).toBe(`${events}{"portable":2,"object":1}\n${refusal}`)
  })
})
