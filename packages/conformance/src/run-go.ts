import { type SpawnSyncOptions, type SpawnSyncReturns, spawnSync } from 'node:child_process'

const program = 'go'

/** Runs Go, which peers are built with; the status is null where it is not on the machine. */
export function runGo(
  parameters: readonly string[],
  options: Pick<SpawnSyncOptions, 'cwd' | 'env' | 'input'> = {},
): SpawnSyncReturns<string> {
  return spawnSync(program, parameters, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
}
