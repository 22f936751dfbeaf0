/** A real OpenSearch node, made of its jars from Maven Central. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const source = resolve(import.meta.dirname, '../peers/opensearch')
const main = 'OpenSearchNode.java'

/** A node that runs. */
export interface OpenSearchNode {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * The folder with the node's jars: fetched by Maven, and kept in `FLOWLOGS_PEERS_DIR` or the folder
 * for temporary files.
 */
export function findOpenSearch(): { readonly peer: string } | { readonly missing: string } {
  const cache = process.env.FLOWLOGS_PEERS_DIR ?? join(tmpdir(), 'flowlogs-peers')
  const hash = createHash('sha256')
  for (const name of ['pom.xml', main]) hash.update(readFileSync(join(source, name)))
  const folder = join(cache, `opensearch-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return { peer: folder }
  for (const program of ['mvn', 'java']) {
    if (spawnSync(program, ['--version']).status !== 0) return { missing: `no ${program} is here` }
  }
  mkdirSync(cache, { recursive: true })
  const building = mkdtempSync(join(cache, 'building-'))
  cpSync(source, building, { recursive: true })
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(building, 'jars')}`]
  const { status, stdout } = spawnSync('mvn', ['-q', '-B', ...goal], {
    cwd: building,
    encoding: 'utf8',
  })
  if (status !== 0) {
    rmSync(building, { recursive: true })
    return { missing: `Maven could not fetch its jars: ${stdout.trim().split('\n')[0]}` }
  }
  renameSync(building, folder)
  return { peer: folder }
}

/** Starts an empty node; resolves when it listens. */
export async function startOpenSearch(folder: string): Promise<OpenSearchNode> {
  const home = mkdtempSync(join(tmpdir(), 'flowlogs-opensearch-node-'))
  const child = spawn(
    'java',
    [
      '-Xmx512m',
      `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
      '--class-path',
      join(folder, 'jars', '*'),
      join(folder, main),
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
