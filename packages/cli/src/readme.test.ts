import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const entry = process.env.DIST
  ? `"${join(packageFolder, 'dist/main.js')}"`
  : `--conditions=@flowlogs/source "${join(packageFolder, 'src/main.ts')}"`

const folder = mkdtempSync(join(tmpdir(), 'flowlogs-readme-'))
afterAll(() => rmSync(folder, { recursive: true }))

const blocks = [
  ...readFileSync(join(packageFolder, 'README.md'), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms),
].map(([, language, text]) => ({ language, text: text ?? '' }))

test('the shell snippets do what the README says', () => {
  const shim = join(folder, 'flowlogs')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" ${entry} "$@"\n`)
  chmodSync(shim, 0o755)
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }
  const runs = blocks
    .filter(({ language, text }) => language === 'sh' && text.includes('flowlogs convert'))
    .map(({ text }) => {
      const options = { cwd: folder, env, encoding: 'utf8' } as const
      const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', text], options)
      return { status, stdout, stderr }
    })
  const [record, rejection, short] = blocks.filter(({ language }) => language === 'json')
  const [summary] = blocks.filter(({ language }) => language === 'text')
  expect(runs).toStrictEqual([
    { status: 0, stdout: record?.text, stderr: summary?.text },
    {
      status: 0,
      stdout: short?.text,
      stderr: [
        'lines     4\nemitted   2\nrejected  2  bad_integer 2\nlanes     kernel 2, object 2\n',
        'lines    1\nemitted  1\nlanes    kernel 1\n',
      ].join(''),
    },
    {
      status: 0,
      stdout: '',
      stderr: [
        'lines         2\nemitted       1\nrejected      1  bad_integer 1\naccepted      1  by the receiver\ndead letters  1  bad_integer 1\nlanes         kernel 1, object 1\n',
        'lines     0\nemitted   0\naccepted  0  by the receiver\nskipped   1  inputs that an earlier run had finished\n',
        'events                0  sent as they were\nlines                 0  read again\naccepted              0  by the receiver\nleft                  1  lines left alone\n',
      ].join(''),
    },
  ])
  const written = (name: string) => readFileSync(join(folder, name), 'utf8')
  expect(written('bad.ndjson')).toBe(rejection?.text)
  const [first, second] = written('events.ndjson').trimEnd().split('\n')
  expect(first).toBe(second)
  expect(JSON.parse(first ?? '').metadata.version).toBe('1.5.0')
  expect(JSON.parse(written('ledger.json')).lines).toBe(1)
})

test('the questions are answered as the README says', () => {
  const at = blocks.findIndex(({ text }) => text.includes('flowlogs query'))
  const shim = join(folder, 'flowlogs')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" ${entry} "$@"\n`)
  chmodSync(shim, 0o755)
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }
  const options = { cwd: folder, env, encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync('sh', ['-e', '-c', blocks[at]?.text ?? ''], options)
  expect({ stdout, stderr }).toStrictEqual({ stdout: blocks[at + 1]?.text, stderr: '' })
})
