import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadCases } from './cases.ts'
import { compileFile, createJudge, createOwnJudge, createStrictJudge } from './judge.ts'
import { isEvent } from './outcome.ts'
import { type OcsfVersion, ocsfVersions } from './schema.ts'
import { strictSchemas } from './strict-schemas.ts'

type Path = string
/** What is wrong, where, and the wrong value; none takes the attribute away. */
type Fault = [why: string, path: Path, value?: unknown]

const cases = loadCases()

const faults: readonly Fault[] = [
  ['no time', 'time'],
  ['seconds for milliseconds', 'time', 1616729292],
  ['microseconds for milliseconds', 'start_time', 1616729292000000],
  ['a time with a fraction', 'end_time', 1616729292000.5],
  ['a time as text', 'time', '1616729292000'],
  ['a negative duration', 'duration', -1],
  ['a duration that is not between the times', 'duration', 1],
  ['an activity OCSF does not know', 'activity_id', 8],
  ['an activity without its caption', 'activity_name'],
  ['the caption of another activity', 'activity_name', 'Traffic'],
  ['type_uid of another activity', 'type_uid', 400106],
  ['type_name of another activity', 'type_name', 'Network Activity: Traffic'],
  ['another class', 'class_uid', 4002],
  ['another category', 'category_uid', 1],
  ['no severity', 'severity_id'],
  ['a severity of another caption', 'severity', 'Low'],
  ['action in the words of AWS', 'action', 'REJECT'],
  ['no action under its profile', 'action_id'],
  ['a disposition OCSF does not know', 'disposition_id', 28],
  ['the caption of another disposition', 'disposition', 'Dropped'],
  ['a status_id, which flow logs do not tell', 'status_id', 1],
  ['no direction_id', 'connection_info.direction_id'],
  ['direction_id as text', 'connection_info.direction_id', '1'],
  ['AWS for direction', 'connection_info.direction', 'ingress'],
  [
    '99 with the word Other',
    'connection_info',
    {
      direction_id: 99,
      direction: 'Other',
    },
  ],
  ['a boundary OCSF does not know', 'connection_info.boundary_id', 12],
  ['no caption for the boundary', 'connection_info.boundary'],
  ['AWS for protocol_ver', 'connection_info.protocol_ver', 'IPv4'],
  ['tcp_flags as names', 'connection_info.tcp_flags', 'SYN,ACK'],
  ['tcp_flags out of range', 'connection_info.tcp_flags', 256],
  ['a protocol as text', 'connection_info.protocol_num', '17'],
  ['a protocol out of range', 'connection_info.protocol_num', 256],
  ['an empty connection_info', 'connection_info', {}],
  ['no cloud under its profile', 'cloud'],
  ['no provider', 'cloud.provider'],
  ['an account without uid', 'cloud.account.uid'],
  ['an attribute that cloud does not have', 'cloud.sublocation', 'x'],
  ['no product', 'metadata.product'],
  ['another product', 'metadata.product.name', 'flowlogs'],
  ['no vendor', 'metadata.product.vendor_name'],
  ['another version', 'metadata.version', '1.2.0'],
  ['no profiles', 'metadata.profiles'],
  [
    'the cloud profile unlisted',
    'metadata.profiles',
    ['security_control', 'datetime', 'container'],
  ],
  ['security_control unlisted', 'metadata.profiles', ['cloud', 'datetime', 'container']],
  ['datetime unlisted', 'metadata.profiles', ['cloud', 'security_control', 'container']],
  ['container unlisted', 'metadata.profiles', ['cloud', 'security_control', 'datetime']],
  ['a profile OCSF does not know', 'metadata.profiles.4', 'vpc'],
  ['a profile twice', 'metadata.profiles.4', 'cloud'],
  ['an id that is none', 'metadata.uid', '1'],
  ['a datetime with a space', 'time_dt', '2021-03-26 03:28:12Z'],
  ['an empty endpoint', 'dst_endpoint', {}],
  ['- for an address', 'src_endpoint.ip', '-'],
  ['an address that only OCSF takes', 'src_endpoint.ip', '1a2b3c4'],
  ['an address with a zone', 'src_endpoint.ip', 'fe80::1%eth0'],
  ['an address with leading zeros', 'dst_endpoint.ip', '010.0.0.1'],
  ['intermediate_ips as text', 'dst_endpoint.intermediate_ips', '10.200.0.0'],
  ['no intermediate address', 'dst_endpoint.intermediate_ips', []],
  ['- among intermediate addresses', 'dst_endpoint.intermediate_ips.1', '-'],
  ['a port out of range', 'src_endpoint.port', 65536],
  ['a negative port', 'src_endpoint.port', -1],
  ['an endpoint without an identifier', 'src_endpoint', { port: 443 }],
  ['a container without uid', 'dst_endpoint.container', {}],
  ['an attribute that an endpoint does not have', 'dst_endpoint.cluster', 'x'],
  ['bytes as text', 'traffic.bytes', '1'],
  ['empty traffic', 'traffic', {}],
  ['no observable', 'observables', []],
  ['an observable without type', 'observables.0.type_id'],
  ['an observable of no attribute', 'observables.0.name', 'unmapped.x'],
  ['an observable of another value', 'observables.0.value', '192.0.2.1'],
  ['an observable of another caption', 'observables.0.type', 'Hostname'],
  ['an empty unmapped', 'unmapped', {}],
  ['a number in unmapped', 'unmapped.encryption_status', 0],
  ['- in unmapped', 'unmapped.encryption_status', '-'],
  ['an object in unmapped', 'unmapped.ecs', { cluster: 'x' }],
  ['dashes in a key of unmapped', 'unmapped.encryption-status', '0'],
  ['unmapped as a list', 'unmapped', ['x']],
  ['null', 'status_code', null],
  ['an empty text', 'status_code', ''],
  ['an attribute that the event does not have', 'flow_direction', 'ingress'],
  ['the name of a field of AWS', 'srcaddr', '10.0.0.1'],
]

/** Attributes, and values, that came after a version, by the minor that brought them. */
const newer: readonly (readonly [since: number, path: Path, value: unknown])[] = [
  [4, 'policy', { name: 'VPC Block Public Access' }],
  [4, 'connection_info.community_uid', '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [5, 'raw_data_size', 3],
  [6, 'is_src_dst_assignment_known', false],
  [7, 'observation_point_id', 2],
  [7, 'metadata.log_format', 'vpc-flow-log'],
  [7, 'metadata.original_event_uid', '1'],
]

describe.each(ocsfVersions)('our schema of OCSF %s', (version) => {
  const own = createOwnJudge(version)
  const events = cases.flatMap(({ name, goldens }) => {
    const golden = goldens[`ocsf-${version}`]
    return isEvent(golden) ? [{ name, event: golden }] : []
  })
  const minor = Number(version.split('.')[1])

  test('takes every event of the corpus', () => {
    expect(events.length).toBeGreaterThan(80)
    expect(events.flatMap(({ name, event }) => own(event).map((why) => `${name}: ${why}`))).toEqual(
      [],
    )
  })

  test('takes an event with every attribute that an option can add', () => {
    expect(own(everything(version))).toEqual([])
  })

  test.each(faults)('refuses %s', (_, path, value) => {
    expect(own(changed(everything(version), path, value))).not.toEqual([])
  })

  test.each(newer)('has since 1.%i: %s', (since: number, path: Path, value: unknown) => {
    const event = changed(everything('1.1.0'), 'metadata.version', version)
    const complaints = own(withSibling(changed(event, path, value)))
    if (since <= minor) expect(complaints).toEqual([])
    else expect(complaints).not.toEqual([])
  })

  test.each([
    [3, 'src_endpoint', minor < 3],
    [4, 'dst_endpoint', minor < 4],
  ] as const)('needs below 1.%i: %s', (_, end, isNeeded) => {
    const event = changed(changed(everything(version), end), 'observables')
    expect(own(event).length > 0).toBe(isNeeded)
  })

  test('refuses whatever stands for no value, everywhere', () => {
    const event = everything(version)
    const taken = pathsOf(event).flatMap((path) =>
      ['-', '', null, Number.NaN]
        .filter((value) => own(changed(event, path, value)).length === 0)
        .map((value) => `${path}: ${value}`),
    )
    expect(taken).toEqual(['raw_data: -'])
  })

  const folder = strictSchemas
  if (folder === undefined) {
    test.skip('beside the full OCSF schema, which is not here')
    return
  }

  describe('beside the full OCSF schema', () => {
    const strict = createStrictJudge(version, folder)

    test('both take every event of the corpus', () => {
      const judge = createJudge(version)
      const complaints = events.flatMap(({ name, event }) =>
        judge(event).map((complaint) => `${name}: ${complaint}`),
      )
      expect(complaints).toEqual([])
      expect(judge(everything(version))).toEqual([])
    })

    test('ours takes nothing that it refuses', () => {
      const values = [undefined, '-', '', null, 'x', 0, 1, 2, 99, 1.5, -1, 70_000, true, [], {}]
      const event = everything(version)
      const taken = pathsOf(event)
        .flatMap((path) => values.map((value) => ({ path, value })))
        .filter(({ path, value }) => {
          const mutant = changed(event, path, value)
          return own(mutant).length === 0 && strict(mutant).length > 0
        })
      expect(taken).toEqual([])
    })

    test('both refuse what its own tests refuse, and it takes what they take', () => {
      const file = `network_activity-${version}.schema.json`
      const vectors: readonly Vector[] = JSON.parse(
        readFileSync(join(folder, 'network_activity.selftest.json'), 'utf8'),
      ).filter(({ schema }: Vector) => schema === file)
      const schema = compileFile(folder, file)
      expect(vectors.length).toBeGreaterThan(50)
      expect(
        vectors.filter(({ valid, record }) => (schema(record).length === 0) !== valid),
      ).toEqual([])
      expect(vectors.filter(({ valid, record }) => !valid && own(record).length === 0)).toEqual([])
      // So that the line above says something: what the vectors are variants of is fine with us too.
      const base = vectors.find(({ id }) => id === `${version}/base`)
      expect(own(base?.record ?? {})).toEqual([])
    })
  })
})

interface Vector {
  readonly id: string
  readonly schema: string
  readonly valid: boolean
  readonly record: object
}

/** An event with all that options can add to it. */
function everything(version: OcsfVersion): object {
  const golden = cases.find(({ name }) => name === 'v5-all-fields-wavelength')?.goldens
  const minor = Number(version.split('.')[1])
  const additions: readonly (readonly [Path, unknown])[] = [
    ['metadata.profiles', ['cloud', 'security_control', 'datetime', 'container']],
    ['metadata.log_name', '/aws/vpc'],
    ['metadata.log_provider', 'Amazon CloudWatch Logs'],
    ['metadata.logged_time', 1616729400000],
    ['metadata.logged_time_dt', '2021-03-26T03:30:00.000Z'],
    ['metadata.processed_time', 1616729500000],
    ['time_dt', '2021-03-26T03:28:12.000Z'],
    ['start_time_dt', '2021-03-26T03:28:12.000Z'],
    ['end_time_dt', '2021-03-26T03:29:09.000Z'],
    ['status_detail', 'BPA'],
    ['dst_endpoint.uid', 'nat-0a1b2c3d4e5f60718'],
    ['dst_endpoint.container', { uid: 'c1' }],
    ['dst_endpoint.proxy_endpoint', { ip: '10.200.0.0', interface_uid: 'eni-069xxxxxb7a490' }],
    ['raw_data', '5 x'],
    ...newer.filter(([since]) => since <= minor).map(([, path, value]) => [path, value] as const),
  ]
  const event = structuredClone(golden?.[`ocsf-${version}`]) as object
  return additions.reduce((to, [path, value]) => changed(to, path, value), event)
}

/** A copy with one value set, or taken away. */
function changed(event: object, path: Path, value?: unknown): object {
  const copy = structuredClone(event)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let at = copy as Record<string, unknown>
  for (const key of keys) at = at[key] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

function withSibling(event: object): object {
  return 'observation_point_id' in event ? { ...event, observation_point: 'Destination' } : event
}

/** The paths of all values, objects and lists included. */
function pathsOf(value: unknown, prefix = ''): readonly Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => [
    `${prefix}${key}`,
    ...pathsOf(member, `${prefix}${key}.`),
  ])
}
