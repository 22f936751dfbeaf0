/** Imports saved objects into OpenSearch Dashboards: `import-dashboards.ts URL FILE`. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { importSavedObjects } from './saved-objects.ts'

const [url = '', file = ''] = process.argv.slice(2)
const deadline = Date.now() + 120_000
for (;;) {
  const problem = await importSavedObjects(url, readFileSync(file)).catch(
    (error: Error) => error.message,
  )
  if (problem === undefined) break
  if (Date.now() > deadline) throw new Error(problem)
  console.error(`${problem}; trying again`)
  await setTimeout(2_000)
}
console.log(`imported ${file}`)
