/** The program: its commands, each with what it needs. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { openOutput } from './outputs.ts'

type Add = (program: Command, exit: (code: number) => void) => void

/** The commands in the order of the help; what one needs takes time to load. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  convert: async () => (await import('./convert-command.ts')).addConvert,
  inspect: async () => (await import('./inspect.ts')).addInspect,
  explain: async () => (await import('./explain.ts')).addExplain,
  'diff-ocsf': async () => (await import('./diff-ocsf.ts')).addDiffOcsf,
  ddl: async () => (await import('./ddl.ts')).addDdl,
  query: async () => (await import('./query.ts')).addQuery,
  replay: async () => (await import('./replay.ts')).addReplay,
  siem: async () => (await import('./siem-setup.ts')).addSiem,
  serve: async () => (await import('./serve.ts')).addServe,
  'check-config': async () => (await import('./check-config.ts')).addCheckConfig,
}

/**
 * Builds the program with the command that is wanted, or with all of them where that is none; a
 * command hands its exit code to `exit`.
 */
export async function createProgram(
  exit: (code: number) => void,
  wanted: string | undefined,
): Promise<Command> {
  const program = new Command('flowlogs')
    .description('AWS VPC and Transit Gateway flow logs on the command line')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => openOutput(undefined).write(Buffer.from(text)),
      // main.ts says it in one line.
      outputError: () => {},
    })
    .hook('preAction', (_, command) => {
      // It writes to descriptors, which the streams would keep from blocking.
      if (command.name() !== 'convert') endQuietly()
    })
  const load = wanted === undefined ? undefined : commands[wanted]
  for (const each of load ? [load] : Object.values(commands)) (await each())(program, exit)
  return program
}

/** A reader that has seen enough (`| head`) closes the pipe; that is no failure. */
function endQuietly(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 0 : 1)
    })
  }
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
