/**
 * Waits until the sender is done and the SIEM has everything, and compares the two; ends with 1 if
 * they are not equal within a time after the sender's end.
 */
import { readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readLedger, type SentLedger } from '@flowlogs/example-firehose'
import { type Comparison, compare } from './compare.ts'
import { readOpenSearch } from './opensearch.ts'
import { readSplunk } from './splunk.ts'
import { addUp, type Document, type Stored, shapes } from './stored.ts'

const { values } = parseArgs({
  options: {
    ledger: { type: 'string', default: '/var/lib/firehose/ledger.json' },
    shape: { type: 'string', default: 'ocsf' },
    // One of these two says which SIEM.
    opensearch: { type: 'string' },
    splunk: { type: 'string' },
    search: { type: 'string', default: 'index=main' },
    'password-file': { type: 'string', default: '/run/secrets/splunk-password' },
    seconds: { type: 'string', default: '180' },
  },
})

const toFlow = shapes[values.shape]
if (!toFlow) throw new Error(`--shape is one of ${Object.keys(shapes)}, not ${values.shape}`)
const ledger = await untilSent()
const { table, problems, documents, duplicates } = await check(ledger)
const { retried, duplicated } = ledger.report.lines
console.log(table)
console.log(`${retried + duplicated} lines were sent again`)
console.log(`${documents} documents, ${duplicates} of them more than once`)
for (const problem of problems) console.log(`PROBLEM: ${problem}`)
console.log(problems.length === 0 ? 'OK: everything that was sent is there' : 'FAILED')
process.exitCode = problems.length === 0 ? 0 : 1

async function untilSent(): Promise<SentLedger> {
  for (let told = 0; ; ) {
    const age = ageOf(values.ledger)
    const ledger = age === undefined ? undefined : readLedger(values.ledger)
    if (ledger?.ended) return ledger
    if (age !== undefined && age > 60_000) throw new Error('the sender has stopped before its end')
    if (Date.now() - told > 10_000) {
      console.error(`${ledger?.report.lines.in ?? 0} lines so far; waiting for the sender to end`)
      told = Date.now()
    }
    await setTimeout(500)
  }
}

/** Milliseconds since the file was written; a sender that lives writes it all the time. */
function ageOf(path: string): number | undefined {
  const status = statSync(path, { throwIfNoEntry: false })
  return status && Date.now() - status.mtimeMs
}

async function check(ledger: SentLedger): Promise<Comparison & Stored> {
  const deadline = Date.now() + Number(values.seconds) * 1_000
  let told = ''
  const tell = (progress: string) => {
    if (progress !== told) console.error(progress)
    told = progress
  }
  for (;;) {
    const outcome = await look(ledger).catch((error: Error) => error)
    const isLate = Date.now() > deadline
    if (outcome instanceof Error) {
      if (isLate) throw outcome
      tell(`${outcome.message}; trying again`)
    } else {
      if (outcome.problems.length === 0 || isLate) return outcome
      tell(`${outcome.documents} documents so far`)
    }
    await setTimeout(2_000)
  }
}

async function look(ledger: SentLedger): Promise<Comparison & Stored> {
  const stored = await addUp(documentsOfSiem(), toFlow!)
  return { ...compare(ledger, stored), ...stored }
}

function documentsOfSiem(): AsyncIterable<Document> {
  const { opensearch, splunk, search, 'password-file': file } = values
  if (opensearch !== undefined) return readOpenSearch(opensearch)
  if (splunk !== undefined) return readSplunk(splunk, search, readFileSync(file, 'utf8').trim())
  throw new Error('--opensearch or --splunk is needed')
}
