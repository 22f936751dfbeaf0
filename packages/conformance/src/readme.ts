/** Runs the examples of a README: each `ts` block is a whole program. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { parseExactly } from './exact-json.ts'

/** One program of a README, and what the README says it prints. */
export interface Example {
  /** Where it begins, from 1. */
  readonly line: number
  readonly code: string
  /** The `text` or `json` block that comes next; without one, it prints nothing. */
  readonly printed: string
  readonly isJson: boolean
}

/**
 * Registers a test for each `ts` block in the README of a package. It runs in the package's folder,
 * or another one that has the imports, and prints exactly the `text` block that follows it, or
 * a JSON document equal to the `json` block.
 */
export function describeReadme(folder: string, runIn: string = folder): void {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const examples = examplesOf(readme)
  describe('README', () => {
    test('has examples, all of them in blocks that are run', () => {
      expect(examples.length).toBeGreaterThan(0)
      expect(readme.match(/```(?:[cm]?[jt]s|javascript|typescript)\b/g)).toHaveLength(
        examples.length,
      )
    })

    test.concurrent.each(examples)('line $line', { timeout: 30_000 }, async (example) => {
      const printed = await run(example.code, runIn)
      if (example.isJson) expect(parseExactly(printed)).toEqual(parseExactly(example.printed))
      else expect(printed).toBe(example.printed)
    })
  })
}

/** The programs in a Markdown text. */
export function examplesOf(markdown: string): Example[] {
  const blocks = [...markdown.matchAll(/^```(\S*).*\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }))
  return blocks.flatMap(({ line, language, text }, index) => {
    if (language !== 'ts') return []
    const next = blocks[index + 1]
    const isJson = next?.language === 'json'
    const printed = isJson || next?.language === 'text' ? next.text : ''
    return [{ line, code: text, printed, isJson }]
  })
}

/** What a TypeScript program prints; throws what it says when it fails. */
async function run(code: string, folder: string): Promise<string> {
  const conditions = process.env.DIST ? [] : ['--conditions=@flowlogs/source']
  // From standard input, so that no file is left behind; imports resolve from the folder.
  const child = spawn(process.execPath, [...conditions, '--input-type=module-typescript', '-'], {
    cwd: folder,
    env: { ...process.env, FORCE_COLOR: '0' },
    timeout: 25_000,
  })
  child.stdin.on('error', () => {})
  child.stdin.end(code)
  const [printed, complaints, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (status !== 0) throw new Error(complaints || `the example ended with ${status}`)
  return printed
}
