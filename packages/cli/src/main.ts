#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { exitCodeOf, explain } from './failure.ts'
import { say } from './outputs.ts'
import { createProgram } from './program.ts'

// Events are garbage as soon as they are written. V8 would let the space for them grow to 128 MiB,
// which makes nothing faster here.
setFlagsFromString('--semi-space-growth-factor=1')

try {
  const program = await createProgram((code) => {
    process.exitCode = code
  }, process.argv[2])
  await program.parseAsync(process.argv.length > 2 ? process.argv : [...process.argv, '--help'])
} catch (error) {
  process.exitCode = exitCodeOf(error)
  const sentence = explain(error)
  if (sentence !== undefined) say(`flowlogs: ${sentence}\n`)
}
