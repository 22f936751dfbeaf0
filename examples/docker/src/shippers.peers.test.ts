/** Configurations of shippers, judged by the shippers themselves. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describePeer, type Found, findCollector } from '@flowlogs/conformance'
import { afterAll, expect, test } from 'vitest'

const examples = resolve(import.meta.dirname, '../..')

function onPath(program: string): Found<string> {
  const { error } = spawnSync(program, ['--version'])
  return error ? { missing: 'it is not on the PATH' } : { peer: program }
}

function run(program: string, ...parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

describePeer('Fluent Bit', onPath('fluent-bit'), (fluentBit) => {
  test('fluent-bit.yaml', () => {
    const file = resolve(examples, 'fluent/fluent-bit.yaml')
    expect(run(fluentBit, '--dry-run', '--config', file)).toMatchObject({ status: 0 })
  })
})

describePeer('Vector', onPath('vector'), (vector) => {
  // Its secrets are read, too.
  const folder = mkdtempSync(join(tmpdir(), 'examples-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'vector.yaml')
  const text = readFileSync(resolve(examples, 'vector/vector.yaml'), 'utf8')
  writeFileSync(file, text.replace('/run/secrets', folder))
  writeFileSync(join(folder, 'access-key'), 'secret')

  test('vector.yaml', () => {
    const said = run(vector, 'validate', '--no-environment', '--deny-warnings', file)
    expect(said).toMatchObject({ status: 0 })
  })

  test('the tests in vector.yaml', () => {
    const { status, said } = run(vector, 'test', file)
    expect([status, said.match(/\.\.\. passed$/gm)?.length]).toEqual([0, 2])
  })
})

describePeer('OpenTelemetry Collector', findCollector(), (collector) => {
  // What is built here has no exporter to OpenSearch.
  test('collector.stand-ins.yaml', () => {
    const file = resolve(examples, 'opentelemetry/collector.stand-ins.yaml')
    expect(run(collector, 'validate', '--config', file)).toMatchObject({ status: 0 })
  })
})
