#!/usr/bin/env node
import { exitCodeOf, explain } from './failure.ts'
import { say } from './outputs.ts'
import { createProgram } from './program.ts'

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
