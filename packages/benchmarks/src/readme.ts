import { readFileSync, writeFileSync } from 'node:fs'

const end = '<!-- end of results -->'

/** Puts the results of a command between its markers in a README. Throws when there are none. */
export function writeResults(
  file: string,
  results: string,
  command: string = 'pnpm bench --write',
): void {
  const begin = `<!-- results: written by ${command} -->`
  const readme = readFileSync(file, 'utf8')
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end, from)
  if (from === -1 || to < from) throw new Error(`${file} has no place for results`)
  const head = readme.slice(0, from + begin.length)
  writeFileSync(file, `${head}\n\n${results}\n\n${readme.slice(to)}`)
}
