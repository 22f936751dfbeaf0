import { describe, expect, test } from 'vitest'
import { type Field, fieldKey, fields, findField } from './fields.ts'

const rows: readonly Field[] = fields
const vpc = rows.filter((field) => field.family !== 'tgw')

/** AWS's documentation, VPC flow log records: the fields that each version added, in its order. */
const documented: Readonly<Record<number, string>> = {
  2: 'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  3: 'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr',
  4: 'region az-id sublocation-type sublocation-id',
  5: 'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path',
  7: 'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id',
  8: 'reject-reason',
  9: 'resource-id',
  10: 'encryption-status',
  11: 'instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type',
}

describe('the field table', () => {
  test.each([
    [2, 14],
    [3, 21],
    [4, 25],
    [5, 29],
    [7, 39],
    [8, 40],
    [9, 41],
    [10, 42],
    [11, 54],
  ])('has the fields of VPC flow logs up to version %i: %i', (version, count) => {
    expect(vpc.filter((field) => field.version <= version)).toHaveLength(count)
  })

  test('has 36 fields for Transit Gateway, 18 of them its own', () => {
    const tgw = rows.filter((field) => field.family !== 'vpc')
    const own = tgw.filter((field) => field.family === 'tgw')
    expect([tgw.length, own.length]).toEqual([36, 18])
    expect(new Set(own.map((field) => field.version))).toEqual(new Set([6]))
  })

  test('lists the VPC fields in documentation order, each under the version that added it', () => {
    const expected = Object.entries(documented).flatMap(([version, names]) =>
      names.split(' ').map((name) => ({ name, version: Number(version) })),
    )
    expect(vpc.map(({ name, version }) => ({ name, version }))).toEqual(expected)
  })

  test('says which fields are not text', () => {
    const others = rows.filter((field) => field.kind !== 'text')
    expect(others.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'version int32',
      'srcaddr address',
      'dstaddr address',
      'srcport uint16',
      'dstport uint16',
      'protocol uint8',
      'packets int64',
      'bytes int64',
      'start seconds',
      'end seconds',
      'tcp-flags uint8',
      'pkt-srcaddr address',
      'pkt-dstaddr address',
      'traffic-path int32',
      'encryption-status int32',
      'packets-lost-no-route int64',
      'packets-lost-blackhole int64',
      'packets-lost-mtu-exceeded int64',
      'packets-lost-ttl-expired int64',
    ])
  })

  test('gives each kind its Parquet type', () => {
    const pairs = new Set(rows.map(({ kind, parquet }) => `${kind} ${parquet}`))
    expect([...pairs].sort()).toEqual([
      'address STRING',
      'int32 INT32',
      'int64 INT64',
      'seconds INT64',
      'text STRING',
      'uint16 INT32',
      'uint8 INT32',
    ])
  })

  test('has complete rows: a name of lower-case words, and one sentence about it', () => {
    const incomplete = rows.filter(
      ({ name, about }) => !/^[a-z]+(?:-[a-z0-9]+)*$/.test(name) || !/^\S.*\.$/.test(about),
    )
    expect(incomplete).toEqual([])
  })

  test('has no key twice', () => {
    expect(new Set(rows.map((field) => fieldKey(field.name))).size).toBe(rows.length)
  })
})

describe('findField', () => {
  test('takes dashes and underscores', () => {
    const row = rows.find((field) => field.name === 'pkt-src-aws-service')
    expect(row).toBeDefined()
    expect([findField('pkt-src-aws-service'), findField('pkt_src_aws_service')]).toEqual([row, row])
  })

  test.each(['tenant-id', '', 'SRCADDR', 'constructor'])('does not know %j', (name) => {
    expect(findField(name)).toBeUndefined()
  })
})
