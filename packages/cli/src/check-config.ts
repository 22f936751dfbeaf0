/** `flowlogs check-config`: says what is wrong with a configuration, and where. */
import type { Command } from 'commander'

const help = `
Each mistake is one line: FILE:LINE:COLUMN, the key, and what was expected. Variables and files that
the configuration names have to be there. Nothing is sent, and nothing is written. Exit code: 0
when flowlogs serve would start with it, 2 when not.`

/** Adds the command. */
export function addCheckConfig(program: Command, exit: (code: number) => void): void {
  program
    .command('check-config')
    .description('Check the configuration of flowlogs serve.')
    .argument('<FILE>', 'the configuration, as in flowlogs.yaml')
    .addHelpText('after', help)
    .action(async (file: string) => exit(await checkConfig(file)))
}

async function checkConfig(file: string): Promise<number> {
  // Only here, since it takes time to load.
  const { parseConfig, toText } = await import('./config.ts')
  const config = parseConfig(file)
  if ('problems' in config) {
    process.stderr.write(config.problems.map((each) => `${toText(file, each)}\n`).join(''))
    return 2
  }
  const { checkServer } = await import('./serve-run.ts')
  await checkServer(config)
  process.stdout.write(`${file} is fine\n`)
  return 0
}
