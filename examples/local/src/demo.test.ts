import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isBalanced } from '@flowlogs/core'
import { fieldsOfVersion, generateTraffic } from '@flowlogs/example-firehose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from './database.ts'
import { type Outcome, runDemo } from './demo.ts'
import { findIncidents } from './incidents.ts'
import { sampleGroups } from './samples.ts'

const traffic = generateTraffic({ seed: 7, duration: 4 * 3600, format: fieldsOfVersion(5) })
const trafficLines = [...traffic]
const sampleLines = sampleGroups.flatMap((group) => group.lines)

let folder: string
let database: Database
let outcome: Outcome

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-demo-test-'))
  database = await createDatabase(join(folder, 'demo.duckdb'))
  outcome = await runDemo(database, traffic)
}, 60_000)

afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

async function answer(sql: string): Promise<unknown> {
  const [row] = await database.query(sql)
  return row
}

describe('the demo', () => {
  it('accounts for every line that was sent', () => {
    const { ledger, sent } = outcome
    const total = (of: 'in' | 'delivered' | 'errored' | 'dropped' | 'duplicated') =>
      sent.reduce((sum, { lines }) => sum + lines[of], 0)
    expect(isBalanced(ledger)).toBe(true)
    expect(total('in')).toBe(trafficLines.length + sampleLines.length)
    expect(total('delivered')).toBe(total('in'))
    expect(total('errored') + total('dropped')).toBe(0)
    expect(ledger.lines - ledger.control).toBe(total('in') + total('duplicated'))
    expect(ledger).toMatchObject({ filtered: 0, merged: 0, header: 0, blank: 0 })
  })

  it('stores each event once', async () => {
    const accepted = trafficLines.filter((line) => line.split(' ')[13] === 'OK')
    expect(
      await answer(`SELECT count(*)::INTEGER AS events FROM flows
        WHERE time >= make_timestamp(${traffic.start}000000) AND time < make_timestamp(${traffic.end}000000)`),
    ).toEqual({ events: accepted.length })
  })

  it('keeps the sample lines that have no time or address apart, with the reason', async () => {
    expect(
      await database.query('SELECT code, count(*)::INTEGER AS lines FROM rejections GROUP BY code'),
    ).toEqual(Object.entries(outcome.ledger.rejections).map(([code, lines]) => ({ code, lines })))
  })

  it('finds by SQL the incidents that the generator hid', async () => {
    const found = await findIncidents(database, traffic.incidents)
    expect(found.map(({ incident, found }) => [incident, found])).toEqual([
      ['port_scan', 'yes'],
      ['ssh_brute_force', 'yes'],
      ['exfiltration', 'yes'],
      ['flood', 'yes'],
    ])
  })
})
