import { join } from 'node:path'
import { mustRun, runCommand } from './run-command.ts'

const base = 'node:24-bookworm-slim'
const standIns = 'flowlogs-stand-in/'

/** Builds the base image of ours where it cannot be pulled; whether it is real. */
export async function prepareBase(log: string): Promise<boolean> {
  if (await isPulled(base, log)) return true
  const format = '{{index .Config.Labels "io.flowlogs.stand-in"}}'
  const found = await runCommand(['docker', 'image', 'inspect', '--format', format, base])
  if (found.status !== 0) await buildStandIn('node', log)
  return found.status === 0 && found.output.trim() !== 'true'
}

/** Whether an image is here, from the registry if need be. */
export async function isPulled(image: string, log: string): Promise<boolean> {
  const { status } = await runCommand(['docker', 'pull', '--quiet', image], { log, timeout: 600 })
  return status === 0
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
