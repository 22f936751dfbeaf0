/** Trino in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

/** A running Trino. */
export interface Trino {
  /** The head and the rows of an answer, cells as text; throws what is wrong with the statement. */
  query(sql: string): Promise<readonly (readonly string[])[]>
  close(): Promise<void>
}

/** Starts it from a folder with its jars and classes. */
export function startTrino(folder: string): Trino {
  const { JAVA_HOME } = process.env
  const child = spawn(
    JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java',
    [
      '-Xmx700m',
      '--class-path',
      [join(folder, 'classes'), join(folder, 'jars', '*')].join(delimiter),
      'TrinoShell',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const waiting: ((answer: string) => void)[] = []
  createInterface(child.stdout).on('line', (line) => {
    const [, answer] = /^ANSWER (.*)$/.exec(line) ?? []
    if (answer !== undefined) waiting.shift()?.(Buffer.from(answer, 'base64').toString())
  })
  child.once('exit', () => {
    for (const settle of waiting.splice(0)) settle('FAILED\nTrino ended')
  })
  return {
    async query(sql) {
      const answer = await new Promise<string>((settle) => {
        waiting.push(settle)
        child.stdin.write(`${Buffer.from(sql).toString('base64')}\n`)
      })
      const [status, ...lines] = answer.split('\n')
      if (status !== 'OK') throw new Error(lines.join('\n'))
      const [head = '', ...rows] = lines
      return [head, ...rows.filter((row) => row !== '')].map((line) => line.split('\t'))
    },
    async close() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
