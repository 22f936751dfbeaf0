/** The vector.yaml of this package, run by a real Vector. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describePeer, type Found } from '@flowlogs/conformance'
import { expect, test } from 'vitest'
import { describeChain } from './chain-suite.test-support.ts'
import { type RunningVector, type VectorPlace, vectorConfig } from './vector-config.test-support.ts'

const program = 'vector'
const shipped = join(import.meta.dirname, '../vector.yaml')

describePeer('Vector', findVector(), () => {
  test('validates the file', () => {
    expect(vector('validate', '--no-environment', '--deny-warnings', shipped)).toMatchObject({
      status: 0,
    })
  })

  test('runs its unit tests', () => {
    const { status, stdout } = vector('test', shipped)
    expect([status, stdout.match(/\.\.\. passed$/gm)?.length]).toStrictEqual([0, 2])
  })

  describeChain(startVector, { downSeconds: 60 })
})

function vector(...parameters: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(program, ['--quiet', ...parameters], { encoding: 'utf8' })
}

function findVector(): Found<string> {
  const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (!error) return { peer: stdout.trim() }
  return { missing: 'it is not on the PATH; vector.test.ts has a stand-in do the same' }
}

async function startVector(place: VectorPlace): Promise<RunningVector> {
  const file = join(place.folder, 'vector.yaml')
  writeFileSync(file, vectorConfig(place))
  const child = spawn(program, ['--quiet', '--config', file], { stdio: 'inherit' })
  const ended = once(child, 'exit')
  for (const port of [place.firehosePort, place.sourcePort]) {
    while (!(await isListening(port))) await setTimeout(50)
  }
  return {
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(true))
    socket.on('error', () => done(false))
    socket.on('connect', () => socket.destroy())
  })
}
