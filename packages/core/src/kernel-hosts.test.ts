/** Which engine a transform has: the one asked for, or the best that its host can run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTransform, recordMapping } from './index.ts'

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
