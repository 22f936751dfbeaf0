/** Vector with the same work as the relay: flow logs in by HTTP, records on by HTTP. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const program = 'vector'

/** What `vector --version` says, if it is on the PATH. */
export function findVector(): string | undefined {
  const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return error ? undefined : stdout.trim()
}

/** Starts it with one thread and acknowledgements, as the relay has them; resolves when it answers. */
export async function startVector(port: number, relayTo: string): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-vector-'))
  const file = join(folder, 'vector.yaml')
  writeFileSync(file, configOf(folder, port, relayTo))
  const child = spawn(program, ['--quiet', '--threads', '1', '--config', file], {
    stdio: 'inherit',
  })
  process.on('exit', () => {
    child.kill()
    rmSync(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${port}/`
  while (!(await fetch(url, { method: 'HEAD' }).catch(() => undefined))) await setTimeout(50)
  return child
}

function configOf(folder: string, port: number, relayTo: string): string {
  return `
data_dir: ${folder}
sources:
  in:
    type: http_server
    address: 127.0.0.1:${port}
    decoding: { codec: json }
    framing: { method: newline_delimited }
transforms:
  records:
    type: remap
    inputs: [in]
    source: . = parse_aws_vpc_flow_log!(.message)
sinks:
  out:
    type: http
    inputs: [records]
    uri: ${relayTo}
    encoding: { codec: json }
    framing: { method: newline_delimited }
    acknowledgements: { enabled: true }
    # About as much at once as the relay has, and no waiting for more.
    batch: { max_bytes: 4194304, timeout_secs: 0.005 }
`
}
