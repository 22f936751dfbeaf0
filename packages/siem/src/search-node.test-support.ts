/** Real OpenSearch and Elasticsearch nodes, made of their jars from Maven Central. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
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
import { delimiter, join, resolve } from 'node:path'
import type { SearchFlavour } from './opensearch-template.ts'

const peers = resolve(import.meta.dirname, '../peers')

/** A node that runs. */
export interface SearchNode {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * The folder with all that a node needs: made by Maven and javac, and kept in `FLOWLOGS_PEERS_DIR`
 * or the folder for temporary files.
 */
export function findSearchNode(
  flavour: SearchFlavour,
): { readonly peer: string } | { readonly missing: string } {
  const source = join(peers, flavour)
  const hash = createHash('sha256')
  for (const file of globSync(join(source, '*')).sort()) hash.update(readFileSync(file))
  const cache = process.env.FLOWLOGS_PEERS_DIR ?? join(tmpdir(), 'flowlogs-peers')
  const folder = join(cache, `${flavour}-${hash.digest('hex').slice(0, 12)}`)
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
    ['javac', '--class-path', join('jars', '*'), '-d', 'classes', ...javaIn(folder)],
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

function javaIn(folder: string): string[] {
  return globSync('*.java', { cwd: folder })
}

/** Starts an empty node; resolves when it listens. */
export async function startSearchNode(flavour: SearchFlavour, folder: string): Promise<SearchNode> {
  const home = mkdtempSync(join(tmpdir(), 'flowlogs-node-'))
  const { JAVA_HOME } = process.env
  const child = spawn(
    JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java',
    [
      '-Xmx512m',
      `-Dlog4j2.configurationFile=${join(peers, 'log4j2.properties')}`,
      '--class-path',
      [join(folder, 'classes'), join(folder, 'jars', '*')].join(delimiter),
      `org.${flavour}.node.SearchNode`,
      home,
    ],
    { stdio: 'pipe' },
  )
  let said = ''
  const url = await new Promise<string>((ready, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk
        const [, address] = /READY (\S+)\n/.exec(said) ?? []
        if (address) ready(`http://${address}`)
      })
    }
    child.once('exit', () => fail(new Error(`the node ended: ${said.slice(-2_000)}`)))
    child.once('error', fail)
  })
  return {
    url,
    async stop() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(home, { recursive: true, force: true })
    },
  }
}
