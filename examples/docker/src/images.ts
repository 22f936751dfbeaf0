import { join } from 'node:path'
import { mustRun, runCommand } from './run-command.ts'

const base = 'node:24-bookworm-slim'
const standIns = 'flowlogs-stand-in/'

/** Builds the base image of ours where it cannot be had; whether it is the real one. */
export async function prepareBase(log: string): Promise<boolean> {
  if (await isHere(base, log)) return true
  if ((await labelOf(base)) === undefined) await buildStandIn('node', log)
  return false
}

/** Whether the real image is here, from the registry if need be. */
export async function isHere(image: string, log: string): Promise<boolean> {
  const pulled = await runCommand(['docker', 'pull', '--quiet', image], { log, timeout: 600 })
  return pulled.status === 0 || (await labelOf(image)) === ''
}

/** What our stand-ins are marked with; empty for other images, undefined for none. */
async function labelOf(image: string): Promise<string | undefined> {
  const format = '{{index .Config.Labels "io.flowlogs.stand-in"}}'
  const inspect = ['docker', 'image', 'inspect', '--format', format, image]
  const { status, output } = await runCommand(inspect)
  return status === 0 ? output.trim() : undefined
}

/** Builds the stand-ins among some images, each by its script. */
export async function buildStandIns(images: readonly string[], log: string): Promise<void> {
  for (const image of images) {
    const [, name] = /^([^:]+)/.exec(image.slice(standIns.length)) ?? []
    if (image.startsWith(standIns) && name) await buildStandIn(name, log)
  }
}

async function buildStandIn(name: string, log: string): Promise<void> {
  await mustRun([join(import.meta.dirname, '../stand-ins', name, 'build.sh')], { log })
}
