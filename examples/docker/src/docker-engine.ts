import { spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { mustRun, runCommand } from './run-command.ts'

const daemon = 'dockerd'
const need = join(import.meta.dirname, '../stand-ins/need.sh')

/** Sees to it that Docker runs, and returns the command for compose; throws if it cannot. */
export async function startDocker(folder: string): Promise<readonly string[]> {
  // dockerd, and what builds the base image, are for root, and not every PATH has their folders.
  process.env.PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
  if (!(await isRunning())) await startEngine(join(folder, 'dockerd.log'))
  if ((await runCommand(['docker', 'compose', 'version'])).status === 0)
    return ['docker', 'compose']
  await mustRun([need, 'docker-compose', 'docker-compose'])
  return ['docker-compose']
}

async function isRunning(): Promise<boolean> {
  return (await runCommand(['docker', 'info'])).status === 0
}

/** It keeps running, for the next time. */
async function startEngine(log: string): Promise<void> {
  await mustRun([need, 'docker', 'docker.io', daemon, 'docker.io'])
  console.log(`starting dockerd, whose log is ${log}`)
  const file = openSync(log, 'w')
  const engine = spawn(daemon, [], { detached: true, stdio: ['ignore', file, file] })
  let failure = ''
  engine.on('error', ({ message }) => {
    failure = message
  })
  engine.unref()
  for (let second = 0; second < 60; second++) {
    await setTimeout(1_000)
    if (await isRunning()) return
    if (failure !== '' || engine.exitCode !== null) break
  }
  const said = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n')
  throw new Error(`Docker cannot be started:\n${failure || said}`)
}
