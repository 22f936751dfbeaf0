/** The kernels that come with the package are what core makes now, and serve whoever chooses nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createLineGenerator,
  createRandom,
  mutate,
  watchCompiledModules,
} from '@flowlogs/conformance'
import { createTransform, presets } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { formats, headerOf, origin } from './formats.test-support.ts'
import { createOcsfMapping, type OcsfOptionsInput } from './index.ts'
import { makeKernelFiles } from './prepared-kernels.test-support.ts'

const files = makeKernelFiles()

test.each([...files.keys()])('%s is what the sources give: run pnpm build:kernels', (path) => {
  const content = readFileSync(join(import.meta.dirname, '..', path))
  expect(content.equals(Buffer.from(files.get(path)!))).toBe(true)
})

const { compiled, compile } = watchCompiledModules()

describe.each([
  ['v2', 'kernel.wasm'],
  ['v5', 'kernel-v5.wasm'],
] as const)('%s', (format, file) => {
  const columns = formats.find((each) => headerOf(each) === presets[format])!
  const random = createRandom(7)
  const generate = createLineGenerator(columns, random)
  // One in ten is damaged.
  const lines = Array.from({ length: 10_000 }, (_, index) => {
    const line = Buffer.from(`${generate().join(' ')}\n`)
    return index % 10 === 9 ? mutate(line, random) : line
  })
  const input = Buffer.concat(lines)
  const own = readFileSync(join(import.meta.dirname, '..', file))

  function run(engine: 'auto' | 'object', options: OcsfOptionsInput, kernel?: object) {
    const mapping = createOcsfMapping(options)
    compiled.length = 0
    const transform = createTransform({ format, mapping, engine, index: true, ...kernel })
    const { output, ledger, ...others } = transform(input, origin)
    const isOwn = compiled.length === 1 && own.equals(compiled[0]!)
    const { lanes, ...account } = ledger
    return { lanes, isOwn, result: { text: Buffer.from(output).toString(), account, ...others } }
  }

  const { result } = run('object', {})

  test.each([
    ['no options', {}],
    ['the defaults', { version: '1.1.0', observables: true, skipdata: 'drop' }],
  ] as const)('serves %s', (_, options) => {
    const served = run('auto', options)
    expect(served.isOwn).toBe(true)
    expect(served.lanes.kernel).toBeGreaterThan(5000)
    expect(served.result).toEqual(result)
  })

  test('does not serve other options', () => {
    expect(run('auto', { version: '1.3.0' }).isOwn).toBe(false)
    const other = run('auto', { observables: false })
    expect(other.isOwn).toBe(false)
    expect(other.result).toEqual(run('object', { observables: false }).result)
  })

  test('serves as a file, where no bytes are compiled', () => {
    const kernel = compile(own)
    const served = run('auto', {}, { kernel })
    expect(compiled).toEqual([])
    expect(served.lanes.kernel).toBeGreaterThan(5000)
    expect(served.result).toEqual(result)
  })
})
