/** The kernel as a file, in workerd, which Cloudflare Workers run on. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describePeer, type Found } from '@flowlogs/conformance'
import { build } from 'rolldown'
import { expect, onTestFinished, test } from 'vitest'

const program = 'workerd'
const wasm = '@flowlogs/ocsf/kernel.wasm'

// What it prints is the last line of what workerd says.
const worker = `
  import { createTransform } from '@flowlogs/core'
  import { createOcsfMapping } from '@flowlogs/ocsf'
  import kernel from '${wasm}'

  const line = '2 123456789010 eni-1 10.0.0.1 ::1 1 2 6 3 4 1418530010 1418530070 ACCEPT OK\\n'
  const mapping = createOcsfMapping()
  const engines = { object: { engine: 'object' }, file: { kernel }, bytes: {} }

  export default {
    test() {
      const results = Object.entries(engines).map(([name, options]) => {
        const { output, ledger } = createTransform({ mapping, ...options })(line.repeat(3))
        return [name, ledger.lanes, new TextDecoder().decode(output)]
      })
      console.log(JSON.stringify(results))
    },
  }
`

const config = `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (services = [(name = "main", worker = (
    modules = [
      (name = "main", esModule = embed "bundle.js"),
      (name = "${wasm}", wasm = embed "kernel.wasm"),
    ],
    compatibilityDate = "2026-01-01",
  ))]);
`

describePeer('workerd', findWorkerd(), () => {
  test('takes the kernel as a file, and none from bytes while it answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'worker-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const entry = join(folder, 'worker.js')
    writeFileSync(entry, worker)
    await build({
      input: entry,
      external: [wasm],
      resolve: {
        conditionNames: ['@flowlogs/source', 'import', 'default'],
        modules: [join(import.meta.dirname, '../node_modules')],
        alias: { '@flowlogs/ocsf': join(import.meta.dirname, 'index.ts') },
      },
      output: { file: join(folder, 'bundle.js') },
      logLevel: 'warn',
    })
    copyFileSync(join(import.meta.dirname, '../kernel.wasm'), join(folder, 'kernel.wasm'))
    writeFileSync(join(folder, 'config.capnp'), config)
    const { status, stdout, stderr } = spawnSync(program, ['test', join(folder, 'config.capnp')], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, expect.stringContaining('PASS')])
    const [object, file, bytes] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    const [, , events] = object
    expect(object).toEqual(['object', { object: 3 }, expect.stringMatching(/^(?:\{.*\}\n){3}$/)])
    expect(file).toEqual(['file', { kernel: 3 }, events])
    expect(bytes).toEqual(['bytes', { portable: 3 }, events])
  })
})

function findWorkerd(): Found<string> {
  const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (!error) return { peer: stdout.trim() }
  return { missing: 'it is not on the PATH' }
}
