import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { fieldsOfVersion } from './fields.ts'
import { generateTraffic } from './generator.ts'

const v2 = fieldsOfVersion(2)
const v5 = fieldsOfVersion(5)
const v11 = fieldsOfVersion(11)

function toRecord(line: string, format: readonly string[]): Record<string, string> {
  return Object.fromEntries(line.split(' ').map((value, index) => [format[index]!, value]))
}

const traffic = generateTraffic({ duration: 4 * 3_600, format: v11, skipdataRate: 1 / 200 })
const lines = [...traffic]
const records = lines.map((line) => toRecord(line, v11))
const ok = records.filter((record) => record['log-status'] === 'OK')

describe('determinism', () => {
  const options = { duration: 1_800, seed: 'seven' }

  test('the same seed gives the same lines, however often they are read', () => {
    const first = generateTraffic(options)
    expect([...first]).toEqual([...first])
    expect([...first]).toEqual([...generateTraffic(options)])
    expect(first.incidents).toEqual(generateTraffic(options).incidents)
  })

  test('another seed gives other lines', () => {
    expect([...generateTraffic(options)]).not.toEqual([
      ...generateTraffic({ ...options, seed: 'eight' }),
    ])
  })

  test('the first lines of seed 1 stay as they are', () => {
    expect([...generateTraffic({ duration: 60, incidents: false })].slice(0, 3)).toEqual([
      '2 123456789012 eni-04b7fc2e21cdd42ef 10.0.0.220 10.0.21.20 123 34007 17 1 78 1767225648 1767225648 ACCEPT OK',
      '2 123456789012 eni-7f3fd57a4be14edd6 198.19.116.251 10.0.0.20 57935 443 6 77 15286 1767225642 1767225656 ACCEPT OK',
      '2 123456789012 eni-c18a38357170822ee 10.0.10.20 10.0.20.20 34001 5432 6 232 42659 1767225601 1767225659 ACCEPT OK',
    ])
  })

  test('another format shows the same flows', () => {
    const inVersion5 = [...generateTraffic({ ...options, format: v5 })]
    const cut = inVersion5.map((line) => `2 ${line.split(' ').slice(1, 14).join(' ')}`)
    expect(cut).toEqual([...generateTraffic(options)])
  })

  test('without incidents the other flows are the same', () => {
    // An interface that only an incident keeps busy is idle without it.
    const flows = (incidents?: false) =>
      [...generateTraffic({ ...options, ...(incidents === false && { incidents }) })].filter(
        (line) => !line.endsWith('NODATA'),
      )
    const [withThem, without] = [flows(), flows(false)]
    const { incidents } = generateTraffic(options)
    const own = incidents.reduce((sum, incident) => sum + incident.lines, 0)
    expect(withThem.length).toBe(without.length + own)
    const all = new Set(withThem)
    expect(without.filter((line) => !all.has(line))).toEqual([])
  })
})

describe('amount', () => {
  test('a day of twelve interfaces is about 190,000 lines', () => {
    let count = 0
    for (const _line of generateTraffic()) count++
    expect(count).toBeGreaterThan(150_000)
    expect(count).toBeLessThan(250_000)
  })

  test('follows flowsPerInterval', () => {
    const count = (flowsPerInterval: number) =>
      [...generateTraffic({ flowsPerInterval, duration: 3_600, incidents: false })].length
    expect(count(300)).toBeGreaterThan(3 * count(60))
  })
})

describe('formats', () => {
  test('the default is version 2', () => {
    expect(generateTraffic().format).toEqual(v2)
    expect(v2.length).toBe(14)
  })

  test('cumulative numbers of fields are those of AWS', () => {
    expect([2, 3, 4, 5, 7, 8, 9, 10, 11].map((version) => fieldsOfVersion(version).length)).toEqual(
      [14, 21, 25, 29, 39, 40, 41, 42, 54],
    )
  })

  test('any order and any choice of fields', () => {
    const format = ['dstaddr', 'version', 'traffic-path', 'srcaddr']
    const [line] = generateTraffic({ format, duration: 60 })
    expect(toRecord(line!, format)).toMatchObject({ version: '5' })
    expect(line!.split(' ').length).toBe(4)
  })

  test.each([
    [[], 'format: at least one field is needed'],
    [['srcaddr', 'src-geoip'], "format: 'src-geoip' is not a field of VPC flow logs"],
    [['toString'], "format: 'toString' is not a field of VPC flow logs"],
    [['start', 'start'], "format: 'start' appears twice"],
  ])('refuses %j', (format, message) => {
    expect(() => generateTraffic({ format })).toThrow(message)
  })
})

test.each([
  [{ interfaces: 7 }, 'interfaces: at least 8 are needed: 7'],
  [{ duration: 59 }, 'duration: at least 60 seconds are needed: 59'],
  [{ start: 0.5 }, 'start: not unix seconds: 0.5'],
  [
    { duration: 60, incidents: { flood: 60 } },
    'incidents: flood would begin outside the simulated time: 60',
  ],
])('refuses %j', (options, message) => {
  expect(() => generateTraffic(options)).toThrow(message)
})

describe('every line', () => {
  test('has one value for each field, separated by single spaces', () => {
    const counts = new Set(lines.map((line) => line.split(' ').length))
    expect([...counts]).toEqual([v11.length])
    expect(lines.filter((line) => /^ | $| {2}|[^!-~ ]/.test(line))).toEqual([])
  })

  test('has the statuses, actions, types and directions of AWS', () => {
    const distinct = (name: string) => [...new Set(records.map((record) => record[name]))].sort()
    expect(distinct('version')).toEqual(['11'])
    expect(distinct('log-status')).toEqual(['NODATA', 'OK', 'SKIPDATA'])
    expect(distinct('action')).toEqual(['-', 'ACCEPT', 'REJECT'])
    expect(distinct('type')).toEqual(['-', 'IPv4', 'IPv6'])
    expect(distinct('flow-direction')).toEqual(['-', 'egress', 'ingress'])
    expect(distinct('traffic-path')).toEqual(['-', '1', '7', '8'])
    expect(distinct('protocol')).toEqual(['-', '1', '17', '58', '6'])
    expect(distinct('tcp-flags')).toEqual(['-', '0', '1', '18', '19', '2', '3', '4', '6'])
    expect(distinct('account-id')).toEqual(['123456789012', 'unknown'])
    expect(distinct('interface-type')).toEqual(['-', 'nat_gateway', 'vpc_endpoint'])
    expect(distinct('reject-reason')).toEqual(['-'])
  })

  test('keeps numbers in range and counts consistent', () => {
    const wrong = ok.filter((record) => {
      const value = (name: string) => Number(record[name])
      const header = record.type === 'IPv6' ? 60 : 40
      const portless = ['1', '58'].includes(record.protocol!)
      return !(
        value('packets') >= 1 &&
        value('bytes') >= value('packets') * header &&
        value('bytes') <= value('packets') * 1_500 &&
        value('start') >= traffic.start &&
        value('start') <= value('end') &&
        value('end') < traffic.end &&
        Math.floor(value('start') / 60) === Math.floor(value('end') / 60) &&
        ['srcport', 'dstport'].every((name) =>
          portless ? value(name) === 0 : value(name) > 0 && value(name) <= 65_535,
        ) &&
        (record.protocol === '6' || record['tcp-flags'] === '0')
      )
    })
    expect(wrong).toEqual([])
  })

  test('has addresses of one family, and a traffic path only on the way out', () => {
    const addresses = ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr']
    const wrong = ok.filter((record) => {
      const family = record.type === 'IPv6' ? 6 : 4
      const egress = record['flow-direction'] === 'egress'
      return (
        addresses.some((name) => isIP(record[name]!) !== family) ||
        (record['traffic-path'] !== '-') !== egress
      )
    })
    expect(wrong).toEqual([])
  })

  test('is the only one for its 5-tuple, interface and interval', () => {
    const keys = ok.map((record) =>
      ['interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol']
        .map((name) => record[name])
        .concat(String(Math.floor(Number(record.start) / 60)))
        .join(' '),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('the interfaces', () => {
  const byId = new Map(traffic.interfaces.map((one) => [one.interfaceId, one]))

  test('report in every interval, with NODATA when idle', () => {
    const intervals = new Map<string, Set<number>>()
    for (const record of records) {
      const seen = intervals.get(record['interface-id']!) ?? new Set()
      intervals.set(record['interface-id']!, seen.add(Math.floor(Number(record.start) / 60)))
    }
    expect([...intervals.keys()].sort()).toEqual([...byId.keys()].sort())
    expect([...intervals.values()].map(({ size }) => size)).toEqual(Array(12).fill(240))
  })

  test('write NODATA and SKIPDATA in the shape of AWS', () => {
    const standby = traffic.interfaces.find(({ role }) => role === 'standby')!
    for (const status of ['NODATA', 'SKIPDATA']) {
      const [line] = [
        ...generateTraffic({ duration: 60, format: v5, skipdataRate: status === 'NODATA' ? 0 : 1 }),
      ].filter((candidate) => candidate.includes(standby.interfaceId) && candidate.includes(status))
      const { vpc, subnet } = { vpc: records[0]!['vpc-id'], subnet: standby.subnet.subnetId }
      expect(line).toBe(
        `5 123456789012 ${standby.interfaceId} - - - - - - - 1767225600 1767225659 - ${status} ${vpc} ${subnet} ${standby.instanceId} - - - - us-east-1 use1-az1 - - - - - -`,
      )
    }
  })

  test('record requests and replies, and both ends of what stays inside', () => {
    const key = (record: Record<string, string>, from: string, to: string) =>
      [record[`${from}addr`], record[`${to}addr`], record[`${from}port`], record[`${to}port`]].join(
        ' ',
      )
    const seen = new Set(
      ok.map((record) => `${record['interface-id']} ${record.start} ${key(record, 'src', 'dst')}`),
    )
    const accepted = ok.filter(({ action }) => action === 'ACCEPT')
    const answered = accepted.filter((record) =>
      seen.has(`${record['interface-id']} ${record.start} ${key(record, 'dst', 'src')}`),
    )
    // SKIPDATA takes a few replies away.
    expect(answered.length / accepted.length).toBeGreaterThan(0.99)

    const inside = accepted.filter(
      (record) =>
        record['next-hop-interface-id'] !== '-' &&
        record.dstaddr === record['pkt-dstaddr'] &&
        record.srcaddr === record['pkt-srcaddr'] &&
        record['next-hop-interface-type'] !== 'nat_gateway' &&
        record['interface-type'] !== 'nat_gateway',
    )
    const seenByPeer = inside.filter((record) =>
      seen.has(`${record['next-hop-interface-id']} ${record.start} ${key(record, 'src', 'dst')}`),
    )
    expect(inside.length).toBeGreaterThan(1_000)
    expect(seenByPeer.length / inside.length).toBeGreaterThan(0.98)
  })

  test('differ from the packet only on the inner leg of the NAT gateway', () => {
    const nat = traffic.interfaces.find(({ role }) => role === 'nat')!
    const differing = ok.filter(
      (record) =>
        record.srcaddr !== record['pkt-srcaddr'] || record.dstaddr !== record['pkt-dstaddr'],
    )
    const shapes = new Set(
      differing.map((record) =>
        record.srcaddr === record['pkt-srcaddr']
          ? `${record['flow-direction']} to ${record.dstaddr}`
          : `${record['flow-direction']} from ${record.srcaddr}`,
      ),
    )
    expect([...shapes].sort()).toEqual([`egress from ${nat.address}`, `ingress to ${nat.address}`])
    expect(new Set(differing.map((record) => record['interface-id']))).toEqual(
      new Set([nat.interfaceId]),
    )
  })

  test('name the AWS service at the other end', () => {
    const names = new Set(ok.map((record) => record['pkt-dst-aws-service']))
    expect([...names].sort()).toEqual([
      '-',
      'CLOUDFRONT_ORIGIN_FACING',
      'DYNAMODB',
      'EC2',
      'ROUTE53_HEALTHCHECKS',
      'S3',
    ])
    const toS3 = ok.filter((record) => record['pkt-dst-aws-service'] === 'S3')
    expect(new Set(toS3.map((record) => record['traffic-path']))).toEqual(new Set(['7']))
  })
})

describe('incidents', () => {
  test('are all there, in this order, at known times', () => {
    const { incidents, start } = traffic
    expect(
      incidents.map(({ name, start: from, end }) => [
        name,
        (from - start) / 60,
        (end - start) / 60,
      ]),
    ).toEqual([
      ['port_scan', 36, 46],
      ['ssh_brute_force', 84, 104],
      ['exfiltration', 132, 192],
      ['flood', 204, 205],
    ])
  })

  test.each(traffic.incidents.map((incident) => [incident.name, incident] as const))(
    '%s: the lines add up to what is said of it',
    (_name, incident) => {
      const { sources, targets, ports } = incident
      const found = ok.filter(
        (record) =>
          record['interface-id'] === incident.interfaceId &&
          Number(record.start) >= incident.start &&
          Number(record.start) < incident.end &&
          sources.includes(record.srcaddr!) &&
          targets.includes(record.dstaddr!) &&
          ports.includes(Number(record.dstport)),
      )
      const sum = (name: string) => found.reduce((total, record) => total + Number(record[name]), 0)
      expect({
        records: found.length,
        packets: sum('packets'),
        bytes: sum('bytes'),
        actions: [...new Set(found.map(({ action }) => action))],
        ports: new Set(found.map((record) => record.dstport)).size,
        sources: new Set(found.map((record) => record.srcaddr)).size,
      }).toEqual({
        records: incident.records,
        packets: incident.packets,
        bytes: incident.bytes,
        actions: [incident.action],
        ports: ports.length,
        sources: sources.length,
      })
    },
  )

  test('look like what they are', () => {
    const [scan, force, leak, flood] = traffic.incidents
    expect(scan).toMatchObject({ sources: ['203.0.113.66'], action: 'REJECT' })
    expect(scan!.ports.length).toBeGreaterThan(990)
    expect(force).toMatchObject({ sources: ['203.0.113.99'], ports: [22], action: 'ACCEPT' })
    expect(force!.records).toBeGreaterThanOrEqual(600)
    expect(leak).toMatchObject({ targets: ['198.51.100.200'], ports: [443], records: 60 })
    expect(leak!.bytes).toBeGreaterThan(30e9)
    expect(flood!.sources.length).toBe(1_500)
    expect(flood).toMatchObject({ ports: [443], end: flood!.start + 60 })
  })

  test('can be left out and placed', () => {
    const { incidents, start } = generateTraffic({
      incidents: { port_scan: false, ssh_brute_force: 90, exfiltration: false },
    })
    expect(incidents.map(({ name, start: from }) => [name, from - start])).toEqual([
      ['ssh_brute_force', 60],
      ['flood', 73_440],
    ])
  })
})
