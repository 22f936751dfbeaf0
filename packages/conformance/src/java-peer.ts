/** Programs made of jars from Maven Central and a few lines of Java. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Found } from './peers.ts'

/**
 * The folder with `jars` and `classes` for a folder with a `pom.xml` and Java files: made by Maven and
 * javac, and kept in `FLOWLOGS_PEERS_DIR` or the folder for temporary files.
 */
export function findJavaPeer(source: string): Found<string> {
  const hash = createHash('sha256')
  for (const file of globSync(join(source, '*')).sort()) hash.update(readFileSync(file))
  const cache = process.env.FLOWLOGS_PEERS_DIR ?? join(tmpdir(), 'flowlogs-peers')
  const folder = join(cache, `${basename(source)}-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return { peer: folder }
  mkdirSync(cache, { recursive: true })
  const building = mkdtempSync(join(cache, 'building-'))
  cpSync(source, building, { recursive: true })
  const problem = build(building)
  if (problem === undefined) renameSync(building, folder)
  else rmSync(building, { recursive: true })
  return problem === undefined ? { peer: folder } : { missing: problem }
}

/** Why it did not work, or undefined. */
function build(folder: string): string | undefined {
  const steps = [
    ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'],
    [
      'javac',
      '--class-path',
      join('jars', '*'),
      '-d',
      'classes',
      ...globSync('*.java', { cwd: folder }),
    ],
  ]
  for (const [program = '', ...given] of steps) {
    const { error, status, stdout, stderr } = spawnSync(program, given, {
      cwd: folder,
      encoding: 'utf8',
    })
    if (error) return `${program} is not on this machine`
    const [said] = `${stdout}${stderr}`.split('\n').filter((line) => /error/i.test(line))
    if (status !== 0) return `${program} failed: ${said}`
  }
  return undefined
}
