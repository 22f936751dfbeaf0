import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { mustRun, runCommand } from './run-command.ts'

const node = process.execPath

test('a command tells its output and how it ended, and leaves it in the log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const log = join(folder, 'log')
  const program = 'console.log(process.env.WHO, process.cwd()); console.error("!"); process.exit(3)'
  const surroundings = { log, cwd: folder, env: { WHO: 'me' } }
  expect(await runCommand([node, '-e', program], surroundings)).toEqual({
    status: 3,
    output: `!\nme ${folder}\n`,
  })
  await expect(mustRun([node, '-e', program], surroundings)).rejects.toThrow(
    `ended with 3:\n!\nme ${folder}`,
  )
  expect(await readFile(log, 'utf8')).toContain(`$ ${node} -e ${program}\n`)
})

test('a command that takes too long is killed', async () => {
  const waiting = [node, '-e', 'setTimeout(() => {}, 60_000)']
  expect(await runCommand(waiting, { timeout: 0.2 })).toEqual({ status: 1, output: '' })
})

test('a program that is not there does not keep the process waiting', () => {
  const path = join(import.meta.dirname, 'run-command.ts')
  const program = `import { runCommand } from ${JSON.stringify(path)}
    console.log(JSON.stringify(await runCommand(['no-such-program'])))`
  const said = execFileSync(node, ['--input-type=module', '-e', program], { timeout: 30_000 })
  expect(JSON.parse(String(said))).toEqual({ status: 127, output: '' })
})
