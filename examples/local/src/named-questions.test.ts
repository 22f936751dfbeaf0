/** The questions of the README, each with its command, on two hours of the demo's day. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createParser, type FlowRecord } from '@flowlogs/core'
import { fieldsOfVersion, generateTraffic } from '@flowlogs/example-firehose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeDemoFile } from './demo-file.ts'

const here = import.meta.dirname
const cli = resolve(
  here,
  '../../../packages/cli',
  process.env.DIST ? 'dist/main.js' : 'src/main.ts',
)
const conditions = process.env.DIST ? [] : ['--conditions=@flowlogs/source']

const traffic = generateTraffic({ seed: '1', duration: 2 * 3600, format: fieldsOfVersion(5) })
const parser = createParser(traffic.format.join(' '))
const records = [...traffic].map((line) => parser.parse(line) as FlowRecord)
const flows = records.filter(({ srcaddr }) => srcaddr !== undefined)

const commands = [
  ...readFileSync(join(here, '../README.md'), 'utf8').matchAll(
    /^\| .* \| `(flowlogs query .*)` \|$/gm,
  ),
].map(([, command = '']) => command)

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-questions-'))
  writeDemoFile(join(folder, 'demo.log.gz'), traffic)
})

afterAll(() => rmSync(folder, { recursive: true }))

type Row = Readonly<Record<string, string | number>>

/** What the command answers. */
function ask(command: string): readonly Row[] {
  const node = [process.execPath, ...conditions, cli].map((part) => `'${part}'`).join(' ')
  const text = execFileSync('sh', ['-c', `${command.replace('flowlogs', node)} --to json`], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  })
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

function sum(of: readonly FlowRecord[], key: 'bytes' | 'packets'): number {
  return of.reduce((total, record) => total + Number(record[key] ?? 0), 0)
}

/** The greatest of the groups of flows, as a query would give them. */
function ranking(key: keyof FlowRecord & string, by: 'bytes' | 'packets', of = flows): Row[] {
  const groups = new Map<unknown, FlowRecord[]>()
  for (const flow of of) {
    if (flow[key] !== undefined) groups.set(flow[key], [...(groups.get(flow[key]) ?? []), flow])
  }
  return [...groups]
    .map(([value, group]) => ({
      [key]: value as string,
      records: group.length,
      packets: sum(group, 'packets'),
      bytes: sum(group, 'bytes'),
    }))
    .sort(
      (left, right) => right[by] - left[by] || (String(left[key]) < String(right[key]) ? -1 : 1),
    )
    .slice(0, 10)
}

const counted = (of: readonly FlowRecord[]): Row => ({
  records: of.length,
  packets: sum(of, 'packets'),
  bytes: sum(of, 'bytes'),
})

/** Answers worked out from the records in another way; of the others, only that there is one. */
const expected: Readonly<Record<string, () => unknown>> = {
  'top --limit 10': () => ranking('srcaddr', 'bytes'),
  'top --by packets': () => ranking('srcaddr', 'packets'),
  'top --of dstaddr --by packets': () => ranking('dstaddr', 'packets'),
  'top --of dstaddr --by packets --dstport 443 --last 7d': () =>
    ranking(
      'dstaddr',
      'packets',
      flows.filter(({ dstport }) => dstport === 443),
    ),
  'top --of instance_id': () => ranking('instance_id', 'bytes'),
  'top --of subnet_id': () => ranking('subnet_id', 'bytes'),
  protocols: () => ranking('protocol', 'bytes'),
  'summary --subnet subnet-5db557a05b17bf021': () => [
    counted(records.filter(({ subnet_id }) => subnet_id === 'subnet-5db557a05b17bf021')),
  ],
  "summary --vpc '!vpc-ae60ea9981393a120'": () => [{ records: 0 }],
  'summary --last 15m': () => {
    const newest = Math.max(...records.map(({ end }) => Number(end)))
    return [counted(records.filter(({ start }) => Number(start) >= newest - 900))]
  },
  'summary --action ACCEPT --since 2026-01-01T00:30:00Z --until 2026-01-01T01:00:00Z': () => [
    counted(
      records.filter(
        ({ action, start }) =>
          action === 'ACCEPT' && Number(start) >= 1_767_227_400 && Number(start) < 1_767_229_200,
      ),
    ),
  ],
  'port-scans': () => [{ srcaddr: '203.0.113.66', dstaddr: '10.0.0.20', ports: 1000 }],
  exfiltration: () => [{ source: '10.0.20.20', destination: '198.51.100.200' }],
  floods: () => [{ dstaddr: '10.0.0.21', dstport: 443 }],
}

/** The part of a row that an expectation speaks of. */
function partOf(row: Row | undefined, shape: Row): Row {
  return Object.fromEntries(Object.keys(shape).map((key) => [key, row?.[key] ?? 'absent']))
}

test.each(commands)('%s', { timeout: 60_000 }, (command) => {
  const rows = ask(command)
  const question = command.slice('flowlogs query '.length, -' demo.log.gz'.length)
  const answer = expected[question]?.() as readonly Row[] | undefined
  if (answer === undefined) expect(rows.length).toBeGreaterThan(0)
  else expect(answer.map((row, index) => partOf(rows[index], row))).toStrictEqual(answer)
})

test('every expectation is of a question', () => {
  const asked = commands.map((command) => command.slice(15, -' demo.log.gz'.length))
  expect(Object.keys(expected).filter((question) => !asked.includes(question))).toEqual([])
  expect(asked.length).toBe(36)
})
