/** Real OpenSearch and Elasticsearch nodes, made of their jars from Maven Central. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { type Found, findJavaPeer } from '@flowlogs/conformance'
import type { SearchFlavour } from './opensearch-template.ts'

const peers = resolve(import.meta.dirname, '../peers')

/** A node that runs. */
export interface SearchNode {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  stop(): Promise<void>
}

/** The folder with all that a node needs. */
export function findSearchNode(flavour: SearchFlavour): Found<string> {
  return findJavaPeer(join(peers, flavour))
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
