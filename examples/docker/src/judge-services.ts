import type { ComposeFile } from './compose-file.ts'
import { mustRun, type Surroundings } from './run-command.ts'

/** Programs that only development needs. */
const forDevelopment = ['@biomejs', 'knip', 'turbo', 'typescript', 'vite', 'vitest']

/**
 * Stops everything, and says what our services did wrong: each has to end by itself, with 0, when
 * it is told to, and its image to hold nothing for development.
 */
export async function judgeServices(
  { services }: ComposeFile,
  compose: readonly string[],
  surroundings: Surroundings,
): Promise<string[]> {
  const ours = Object.entries(services).filter(([, { build }]) => build !== undefined)
  await mustRun([...compose, 'stop'], surroundings)
  const problems: string[] = []
  for (const [service] of ours) {
    const id = (await mustRun([...compose, 'ps', '--all', '--quiet', service], surroundings)).trim()
    // A service of a profile that is not here has no container.
    if (id === '') continue
    const format = '{{.State.ExitCode}}'
    const code = await mustRun(['docker', 'inspect', '--format', format, id], surroundings)
    if (code.trim() !== '0') problems.push(`${service} ended with ${code.trim()}`)
  }
  for (const image of new Set(ours.map(([, { image = '' }]) => image))) {
    const list = ['docker', 'run', '--rm', '--entrypoint', 'ls', image, 'node_modules']
    const installed = (await mustRun(list, surroundings)).split('\n')
    const surplus = installed.filter((name) => forDevelopment.includes(name))
    if (surplus.length > 0) problems.push(`${image} has ${surplus.join(', ')}`)
  }
  return problems
}
