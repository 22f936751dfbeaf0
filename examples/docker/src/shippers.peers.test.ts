/** Configurations of shippers, judged by the shippers themselves. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describePeer, type Found } from '@flowlogs/conformance'
import { expect, test } from 'vitest'

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
