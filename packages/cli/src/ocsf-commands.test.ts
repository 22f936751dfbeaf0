import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadCases } from '@flowlogs/conformance'
import { explain } from '@flowlogs/ocsf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

let folder: string
let file: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  file = join(folder, 'some.log')
  const names = [
    'aws-default-reject-rdp',
    'no-address-egress-interface',
    'nat-both-ends',
    'bad-address-ipv6',
  ]
  const some = loadCases().filter(({ name }) => names.includes(name))
  writeFileSync(file, Buffer.concat(some.map(({ input }) => input)))
})

afterAll(() => rmSync(folder, { recursive: true }))

function flowlogs(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('explain', () => {
  test('prints what @flowlogs/ocsf explains, as JSON', () => {
    const { status, stdout } = flowlogs(
      'explain',
      '--ocsf-version',
      '1.8.0',
      '--format',
      'v2',
      '--json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual(explain({ version: '1.8.0' }, 'v2'))
  })

  test('prints a table', () => {
    const { status, stdout } = flowlogs('explain', '--format', '${srcaddr} ${action}')
    expect(status).toBe(0)
    expect(stdout).toContain('│ attribute')
    expect(stdout).toMatch(/│ src_endpoint.ip +│ 1.0.0 │ srcaddr +│ srcaddr is present: srcaddr +│/)
    expect(stdout).not.toContain('dst_endpoint.ip')
  })

  test('refuses a version it does not know', () => {
    expect(flowlogs('explain', '--ocsf-version', '1.2.0')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'flowlogs: version is one of 1.1.0, 1.3.0, 1.5.0, 1.8.0, not 1.2.0\n',
    })
  })
})

describe('diff-ocsf', () => {
  const comparison = {
    both: 2,
    onlyFrom: 0,
    onlyTo: 1,
    rejections: [{ code: 'no_endpoint', from: 1, to: 0 }],
    attributes: [
      { attribute: 'metadata.version', change: 'changed', events: 2, example: '"1.1.0" → "1.8.0"' },
      { attribute: 'metadata.log_format', change: 'added', events: 2, example: '"vpc-flow-log"' },
      { attribute: 'is_src_dst_assignment_known', change: 'added', events: 2, example: 'false' },
      { attribute: 'observation_point_id', change: 'added', events: 2, example: '0' },
      { attribute: 'observation_point', change: 'added', events: 2, example: '"Unknown"' },
    ],
  }

  test('says what changes on the user’s own lines, as JSON', () => {
    const { status, stdout, stderr } = flowlogs('diff-ocsf', '--to', '1.8.0', '--json', file)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual(comparison)
  })

  test('turns around with the versions', () => {
    const { stdout } = flowlogs('diff-ocsf', '--from', '1.8.0', '--to', '1.1.0', '--json', file)
    expect(JSON.parse(stdout)).toMatchObject({
      both: 2,
      onlyFrom: 1,
      onlyTo: 0,
      rejections: [{ code: 'no_endpoint', from: 0, to: 1 }],
    })
  })

  test('prints a table, and says so when nothing differs', () => {
    expect(flowlogs('diff-ocsf', '--to', '1.8.0', file).stdout).toMatch(
      /^OCSF 1.1.0 → 1.8.0: 2 events in both, 1 only in 1.8.0\nrejected as no_endpoint: 1 → 0 lines\n┌/,
    )
    expect(flowlogs('diff-ocsf', '--to', '1.1.0', file).stdout).toBe(
      '2 events in both; no attribute differs\n',
    )
  })
})
