/** The WebAssembly module of a kernel, made at run time or ahead of it. */
import { describe, expect, test } from 'vitest'
import { compilePlan } from './compile-plan.ts'
import {
  allFields,
  bits,
  choose,
  communityId,
  compileKernel,
  createTransform,
  datetime,
  duration,
  id,
  is,
  number,
  origin,
  parseFormat,
  recordMapping,
  rest,
  text,
  when,
} from './index.ts'
import { createKernel } from './kernel-module.ts'
import { kernelVersion } from './kernel-note.ts'
import { mappingOf } from './lanes.test-support.ts'
import { siphash128 } from './siphash.ts'

const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    validate(code: Uint8Array): boolean
    readonly Module: new (code: Uint8Array) => object
  }
}

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
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
})

describe('a kernel made ahead of time', () => {
  const { Module } = WebAssembly
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
