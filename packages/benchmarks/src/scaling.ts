/** `pnpm scaling`: prints the sizing page, or writes it to SCALING.md. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readFigures } from './scaling-figures.ts'
import { toPage } from './scaling-page.ts'

const page = toPage(readFigures())
if (process.argv.includes('--write')) {
  writeFileSync(resolve(import.meta.dirname, '../../../SCALING.md'), page)
} else console.log(page)
