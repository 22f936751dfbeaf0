/** A real OpenTelemetry Collector, built with Go from its modules. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Found } from './peers.ts'
import { runGo } from './run-go.ts'

/** A collector that runs. */
export interface Collector {
  stop(): Promise<void>
}

/**
 * The program of a collector with what the manifest in `peers/` names: `FLOWLOGS_COLLECTOR` if it
 * is set, else built, which takes a minute or more, and kept in `FLOWLOGS_PEERS_DIR` or the folder
 * for temporary files.
 */
export function findCollector(
  name: 'collector' | 'collector-awslogs' = 'collector',
): Found<string> {
  const manifest = readFileSync(resolve(import.meta.dirname, `../peers/${name}.yaml`), 'utf8')
  const given = process.env.FLOWLOGS_COLLECTOR
  if (given) return checkProgram(given, manifest)
  const cache = process.env.FLOWLOGS_PEERS_DIR ?? join(tmpdir(), 'flowlogs-peers')
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 12)
  const folder = join(cache, `${name}-${hash}`)
  const program = join(folder, 'flowlogs-collector')
  if (existsSync(program)) return { peer: program }
  if (runGo(['version']).status !== 0) return { missing: 'Go is not on this machine' }
  mkdirSync(cache, { recursive: true })
  const building = mkdtempSync(join(cache, 'building-'))
  const config = join(building, 'manifest.yaml')
  writeFileSync(config, manifest.replace('dist:\n', `dist:\n  output_path: ${building}\n`))
  const [, version] = /^ {2}version: (.+)$/m.exec(manifest) ?? []
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`
  const pinned = [...manifest.matchAll(/gomod: (\S+) (\S+) # (h1:\S+)/g)] as unknown as Pinned[]
  const env = { ...process.env, GONOSUMDB: pinned.map(([, module]) => module).join(',') }
  const other = pinned.find((module) => !isPinned(module, env))
  const { status, stdout, stderr } = runGo(['run', builder, '--config', config], { env })
  if (other || status !== 0) {
    rmSync(building, { recursive: true, force: true })
    const reason = other ? `${other[1]} is not what was pinned` : reasonOf(`${stdout}\n${stderr}`)
    return { missing: `it could not be built: ${reason}` }
  }
  renameSync(building, folder)
  return { peer: program }
}

type Pinned = readonly [line: string, module: string, version: string, sum: string]

/** A module that Go's checksum database does not know is compared with the sum in the manifest. */
function isPinned([, module, version, sum]: Pinned, env: NodeJS.ProcessEnv): boolean {
  const { status, stdout } = runGo(['mod', 'download', '-json', `${module}@${version}`], { env })
  return status === 0 && JSON.parse(stdout).Sum === sum
}

/** A program of any version, if it has every module of the manifest. */
function checkProgram(program: string, manifest: string): Found<string> {
  const { status, stdout } = spawnSync(program, ['components'], { encoding: 'utf8' })
  if (status !== 0) return { missing: `${program} does not run` }
  const absent = [...manifest.matchAll(/gomod: (\S+)/g)].find(
    ([, module]) => !stdout.includes(`module: ${module} `),
  )
  return absent ? { missing: `${program} has no ${absent[1]}` } : { peer: program }
}

/** The line of a build that says most. */
function reasonOf(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const refused = lines.find((line) => /40[0-9] |no such host|timeout|i\/o/.test(line))
  return refused ?? lines.findLast((line) => line !== '') ?? 'no reason given'
}

/** Starts a collector with a configuration in YAML; resolves when it is ready. */
export async function startCollector(program: string, config: string): Promise<Collector> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-collector-'))
  const file = join(folder, 'config.yaml')
  writeFileSync(file, config)
  const child = spawn(program, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  await new Promise<void>((ready, fail) => {
    child.stderr.on('data', (chunk) => {
      said += chunk
      if (said.includes('Everything is ready')) ready()
    })
    child.once('exit', () => fail(new Error(`the collector ended: ${said.slice(-2000)}`)))
    child.once('error', fail)
  })
  return {
    async stop() {
      if (child.exitCode === null) {
        child.kill()
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
