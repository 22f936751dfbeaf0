/** How `convert` reads and writes: pipes that do not block, several threads, inputs that fail. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createTransform, recordMapping } from '@flowlogs/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

const transform = createTransform({ mapping: recordMapping })
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  writeFileSync(join(folder, 'a.log'), linesOf('a', 20_000))
  writeFileSync(join(folder, 'b.log.gz'), gzipSync(linesOf('b', 20_000)))
  writeFileSync(join(folder, 'c.log'), linesOf('c', 3))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Lines that tell where they are from; the last is none. */
function linesOf(name: string, count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    return `2 123456789010 eni-${name}${index} 172.31.16.139 172.31.16.21 20641 22 6 20 ${index} 1418530010 1418530070 ACCEPT OK\n`
  })
  return `${lines.join('')}${name} is no line\n`
}

function recordsOf(lines: string): string[] {
  return Buffer.from(transform(lines).output).toString().trimEnd().split('\n')
}

function convert(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...command, 'convert', '--to', 'json', ...args],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1024 ** 3 },
  )
  return { status, stdout, stderr }
}

function written(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe('standard streams that do not block', () => {
  test('a slow reader and a slow writer', async () => {
    // Node's own streams take a pipe out of blocking mode.
    const open = 'data:text/javascript,process.stdin;process.stdout'
    const args = ['--import', open, ...command, 'convert', '--to', 'json']
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const input = linesOf('x', 10_000)
    const sent = (async () => {
      for (let at = 0; at < input.length; at += 300_000) {
        child.stdin.write(input.slice(at, at + 300_000))
        await wait(20)
      }
      child.stdin.end()
    })()
    const received: Buffer[] = []
    for await (const chunk of child.stdout) {
      received.push(chunk)
      await wait(1)
    }
    await sent
    expect(Buffer.concat(received).toString().trimEnd().split('\n')).toStrictEqual(recordsOf(input))
  })
})

describe('--threads', () => {
  const files = ['a.log', 'b.log.gz', 'c.log']

  test.each([2, 3, 8])('%i: each line is there once, those of a file in their order', (threads) => {
    const outputs = (name: string) => [
      ...['--out', `file:${name}.ndjson`, '--rejects', `${name}.rejects`],
      ...['--ledger', `${name}.json`],
    ]
    const alone = convert(...outputs('alone'), ...files)
    const together = convert('--threads', String(threads), ...outputs('together'), ...files)
    expect(together).toStrictEqual(alone)
    expect(together.status).toBe(0)
    expect(JSON.parse(written('together.json'))).toStrictEqual(JSON.parse(written('alone.json')))
    const lines = written('together.ndjson').split('\n')
    const ofFile = ['a', 'b', 'c'].map((name) =>
      lines.filter((line) => line.includes(`"eni-${name}`)),
    )
    expect(ofFile.flat().join('\n')).toBe(written('alone.ndjson').trimEnd())
    const rejects = (name: string) => written(`${name}.rejects`).trimEnd().split('\n').toSorted()
    expect(rejects('together')).toStrictEqual(rejects('alone'))
    expect(rejects('together')).toHaveLength(3)
  })

  test('standard output takes whole lines, whatever takes how long', () => {
    const { status, stdout } = convert('--threads', '2', 'a.log', 'b.log.gz')
    const expected = convert('a.log', 'b.log.gz').stdout.split('\n').toSorted()
    expect(status).toBe(0)
    expect(stdout.split('\n').toSorted()).toStrictEqual(expected)
  })

  test('standard output, of one file, is as without threads', () => {
    expect(convert('--threads', '4', 'a.log')).toStrictEqual(convert('a.log'))
  })

  test('an input that breaks off is named, and is the end', () => {
    const failed = convert('--threads', '2', 'a.log', '/proc/self/mem')
    expect({ ...failed, stdout: '' }).toStrictEqual({
      status: 1,
      stdout: '',
      stderr: 'flowlogs: cannot read /proc/self/mem: EIO: i/o error, read\n',
    })
  })

  test('a reader that stops reading ends it quietly', async () => {
    const args = [...command, 'convert', '--to', 'json', '--threads', '2', 'a.log', 'b.log.gz']
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const status = await new Promise((done) => child.on('close', done))
    expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' })
  })

  test.each([
    [['--threads', '0', 'a.log'], '--threads is a number from 1 to 64, not 0'],
    [['--threads', 'two', 'a.log'], '--threads is a number from 1 to 64, not two'],
    [['--threads', '2', '--out', 'dir:events', 'a.log'], '--threads does not go with a sink'],
  ])('%j', (args, message) => {
    expect(convert(...args)).toStrictEqual({
      status: 2,
      stdout: '',
      stderr: `flowlogs: ${message}\n`,
    })
  })
})
