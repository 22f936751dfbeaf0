import { runCommand } from './command.ts'

// `--print | head` closes the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

// A second signal ends the process as usual.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

process.exitCode = await runCommand(process.argv.slice(2), process, stop.signal)
