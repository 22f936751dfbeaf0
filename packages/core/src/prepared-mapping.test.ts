/** A mapping's own kernels serve exactly the options that they were made for. */
import { watchCompiledModules } from '@flowlogs/conformance'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  compileKernel,
  createMapping,
  createTransform,
  id,
  is,
  type Mapping,
  number,
  parseFormat,
  prepareMapping,
  recordMapping,
  rest,
  text,
} from './index.ts'

const { compiled, compile } = watchCompiledModules()

const built = createMapping({
  name: 'test',
  template: { uid: id, port: number('dstport'), to: text('dstaddr'), unmapped: rest },
})
const format = parseFormat('dstaddr dstport bytes')
const bytes = compileKernel({ format, mapping: preparedWith(new Map()) })
const mapping = preparedWith(new Map([[format.text, base64(bytes)]]))
const input = '10.0.0.1 443 7\n::1 22 8\n10.0.0.1 "\n'

function preparedWith(kernels: ReadonlyMap<string, string>, fingerprint = 'test 1'): Mapping {
  return prepareMapping(() => built, { fingerprint, kernels })
}

function base64(code: Uint8Array): string {
  return Buffer.from(code).toString('base64')
}

/** Whether the mapping's own kernel took the clean lines; whatever did, the events are the same. */
function isServed(options: Parameters<typeof createTransform>[0]): boolean {
  compiled.length = 0
  const { output, ledger } = createTransform(options)(input)
  const codes = compiled.map(base64)
  const others = { ...options, mapping: { ...options.mapping } }
  const reference = createTransform({ ...others, engine: 'object' })(input)
  expect(Buffer.from(output).toString()).toBe(Buffer.from(reference.output).toString())
  expect({ ...ledger, lanes: {} }).toEqual({ ...reference.ledger, lanes: {} })
  return codes.join() === base64(bytes) && ledger.lanes.kernel === 2
}

test('the default options find their kernel', () => {
  expect(isServed({ format, mapping })).toBe(true)
  expect(isServed({ format, mapping, engine: 'kernel' })).toBe(true)
  expect(isServed({ format, mapping, filter: [], idKey: new Uint8Array(16) })).toBe(true)
})

test('one kernel describes events and does not', () => {
  expect(isServed({ format, mapping, index: true })).toBe(true)
  const { events } = createTransform({ format, mapping, index: true })(input)
  expect(events).toEqual(createTransform({ format, mapping: built, index: true })(input).events)
  expect(events?.offsets).toEqual([0, 95])
})

test.each([
  ['format', { format: 'dstport dstaddr bytes' }],
  ['filter', { filter: [{ name: 'web', drop: is('dstport', '443') }] }],
  ['key of ids', { idKey: new Uint8Array(16).fill(1) }],
  ['limit of lines', { maxLineLength: 100 }],
  ['engine', { engine: 'portable' as const }],
  ['mapping that looks the same', { mapping: { ...mapping } }],
  ['template', { mapping: { ...mapping, template: recordMapping.template } }],
])('another %s does not', (_, other) => {
  expect(isServed({ format, mapping, ...other })).toBe(false)
})

test.each([
  ['of an earlier release', preparedWith(new Map([[format.text, base64(bytes)]]), 'test 2')],
  ['of another mapping', preparedWith(kernelsWith({ mapping: recordMapping, format }))],
  ['of another format', preparedWith(kernelsWith({ mapping, format: 'bytes dstport dstaddr' }))],
  ['that is no kernel', preparedWith(new Map([[format.text, 'AGFzbQEAAAA=']]))],
  ['that is no module', preparedWith(new Map([[format.text, '?']]))],
])('a kernel %s is not taken', (_, other) => {
  expect(isServed({ format, mapping: other })).toBe(false)
  expect(createTransform({ format, mapping: other })(input).ledger.lanes).toEqual({
    kernel: 2,
    object: 1,
  })
})

function kernelsWith(options: Parameters<typeof compileKernel>[0]): ReadonlyMap<string, string> {
  return new Map([[format.text, base64(compileKernel(options))]])
}

describe('a host', () => {
  const arrays = Uint8Array as { fromBase64?: (text: string) => Uint8Array }
  const { fromBase64 } = arrays
  const { Buffer: buffers } = globalThis

  afterEach(() => {
    vi.unstubAllGlobals()
    if (fromBase64) arrays.fromBase64 = fromBase64
    else delete arrays.fromBase64
  })

  /** The lengths of the modules that are compiled for a line. */
  function lengthsWith(own: Mapping): number[] {
    compiled.length = 0
    const { ledger } = createTransform({ format, mapping: own })('10.0.0.1 443 7\n')
    expect(ledger.lanes).toEqual({ kernel: 1 })
    return compiled.map(({ length }) => length)
  }

  test('that reads base64 by itself needs no Buffer', () => {
    vi.stubGlobal('Buffer', undefined)
    arrays.fromBase64 = (text) => {
      if (text === '?') throw new SyntaxError('no base64')
      return Uint8Array.from(buffers.from(text, 'base64'))
    }
    expect(lengthsWith(mapping)).toEqual([bytes.length])
    expect(lengthsWith(preparedWith(new Map([[format.text, '?']])))).not.toContain(bytes.length)
  })

  test('without either makes the kernel on the spot', () => {
    vi.stubGlobal('Buffer', undefined)
    delete arrays.fromBase64
    expect(lengthsWith(mapping)).not.toContain(bytes.length)
  })
})

test('lines that follow a header find theirs', () => {
  const { ledger } = createTransform({ format: 'v2', mapping })(`${format.text}\n${input}`)
  expect(ledger.lanes).toEqual({ kernel: 2, object: 2 })
  expect(compiled.map(base64)).toContain(base64(bytes))
})

test('a kernel that the caller gives goes first, and has to be made for the mapping', () => {
  const kernel = compile(bytes)
  compiled.length = 0
  expect(createTransform({ format, mapping, kernel })(input).ledger.lanes.kernel).toBe(2)
  expect(compiled).toEqual([])
  expect(() => createTransform({ format, mapping: built, kernel })).toThrow('for other options')
})

test('what is in the mapping is built when somebody asks, and cannot be changed', () => {
  const build = vi.fn(() => structuredClone(built))
  const kernels = new Map([[format.text, base64(bytes)]])
  const lazy = prepareMapping(build, { fingerprint: 'test 1', kernels })
  createTransform({ format, mapping: lazy })('10.0.0.1 443 7\n')
  expect(build).not.toHaveBeenCalled()
  expect(JSON.parse(JSON.stringify(lazy))).toEqual(built)
  expect(build).toHaveBeenCalledTimes(1)
  const { template } = lazy as { template: { parts?: unknown[] } }
  expect(() => template.parts?.push({})).toThrow(TypeError)
  expect(() => Object.assign(lazy, { template })).toThrow(TypeError)
})
