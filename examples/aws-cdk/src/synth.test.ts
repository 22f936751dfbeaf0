import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stackNames, synthesize } from './template.test-support.ts'

const main = join(import.meta.dirname, 'main.ts')
// A namespace without a network, where the system has them.
const alone = ['unshare', '--map-root-user', '--net']
const hasNamespaces = spawnSync(alone[0]!, [...alone.slice(1), 'true']).status === 0

const expected = templates(synthesize().directory)

test('needs no credentials, no environment, no docker, and the same comes out', () => {
  expect(synthesizeApart([])).toStrictEqual(expected)
})

test.skipIf(!hasNamespaces)('needs no network', () => {
  expect(synthesizeApart(alone)).toStrictEqual(expected)
})

function synthesizeApart(wrapper: readonly string[]): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-cdk-'))
  const [program = '', ...rest] = [
    ...wrapper,
    process.execPath,
    '--conditions=@flowlogs/source',
    main,
  ]
  try {
    // Of the environment only where to write, and where `unshare` is.
    execFileSync(program, rest, {
      env: { CDK_OUTDIR: folder, ...(wrapper.length > 0 && { PATH: '/usr/bin:/bin' }) },
      stdio: 'pipe',
    })
    return templates(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function templates(folder: string): Record<string, unknown> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'))
  expect(files).toHaveLength(stackNames.length)
  return Object.fromEntries(
    files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  )
}
