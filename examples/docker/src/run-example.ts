import { setTimeout } from 'node:timers/promises'
import { composeFile, type Example, imagesOf, standInsFile } from './compose-file.ts'
import { buildStandIns, isHere } from './images.ts'
import { judgeServices } from './judge-services.ts'
import { mustRun, runCommand } from './run-command.ts'

/** How the examples are run. */
export interface Settings {
  /** The command for compose. */
  readonly compose: readonly string[]
  /** Whether to replace images without trying to pull them. */
  readonly standIns: boolean
  /** How long the SIEM is away, in seconds. */
  readonly outage: number
  readonly log: string
  readonly tell: (step: string) => void
}

/** How an example went. */
export interface Outcome {
  readonly isReal: boolean
  readonly events: string
  readonly duplicates: string
  /** What went wrong, if anything. */
  readonly problem?: string
}

/** Seconds from the start to the outage. */
const before = 5

/** Brings an example up, stops its SIEM for a while, and checks that nothing is lost. */
export async function runExample(example: Example, settings: Settings): Promise<Outcome> {
  const { folder } = example
  const { compose, log, tell, outage } = settings
  const isReal = !settings.standIns && (await areHere(example, log))
  const surroundings = {
    cwd: folder,
    log,
    env: {
      COMPOSE: compose.join(' '),
      // What someone else has running of the example is left alone.
      COMPOSE_PROJECT_NAME: `flowlogs-check-${example.name}`,
      COMPOSE_FILE: isReal ? composeFile : `${composeFile}:${standInsFile}`,
      // Any port that is free.
      ...Object.fromEntries(example.ports.map((variable) => [variable, '0'])),
      // The sender has to go on for half a minute after the outage; a minute is some 90 lines.
      RATE: '300',
      MINUTES: String(Math.round(((before + outage + 30) * 300) / 90)),
    },
  }
  const run = (...parameters: string[]) => mustRun([...compose, ...parameters], surroundings)
  const remove = () => runCommand([...compose, 'down', '-v', '--remove-orphans'], surroundings)
  let checked = ''
  try {
    // Of a run that was cut short.
    await remove()
    await mustRun(['./secrets.sh'], surroundings)
    tell('building images')
    if (!isReal) await buildStandIns(imagesOf(example.standIns), log)
    await run('build')
    tell('starting')
    await run('up', '-d')
    await setTimeout(before * 1_000)
    const sink = example.compose['x-sink'] ?? ''
    tell(`${sink} is stopped for ${outage} s`)
    await run('stop', sink)
    await setTimeout(outage * 1_000)
    await run('start', sink)
    tell('checking')
    checked = await mustRun(['./check'], { ...surroundings, timeout: 600 })
    tell('everything is there; stopping')
    const problems = await judgeServices(example.compose, compose, surroundings)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return { isReal, ...countsIn(checked) }
  } catch (error) {
    const { output } = await runCommand(
      [...compose, 'logs', '--no-color', '--tail=40'],
      surroundings,
    )
    console.log(output)
    return { isReal, ...countsIn(checked), problem: (error as Error).message }
  } finally {
    await remove()
  }
}

async function areHere({ compose }: Example, log: string): Promise<boolean> {
  for (const image of imagesOf(compose)) if (!(await isHere(image, log))) return false
  return true
}

/** What ./check says. */
function countsIn(text: string): Pick<Outcome, 'events' | 'duplicates'> {
  const [, events = '', duplicates = ''] = /^(\d+) documents, (\d+) /m.exec(text) ?? []
  return { events, duplicates }
}
