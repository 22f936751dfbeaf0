import { readFileSync, writeFileSync } from 'node:fs'

const begin = '<!-- results: written by pnpm bench --write -->'
const end = '<!-- end of results -->'

/** Puts results between the markers of a README. Throws when there are none. */
export function writeResults(file: string, results: string): void {
  const readme = readFileSync(file, 'utf8')
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${file} has no place for results`)
  const head = readme.slice(0, from + begin.length)
  writeFileSync(file, `${head}\n\n${results}\n\n${readme.slice(to)}`)
}
