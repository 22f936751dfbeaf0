import { fields } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { findKnownName } from './field-aliases.ts'

const camelCase = (name: string) => name.replace(/-([a-z0-9])/g, (_, next) => next.toUpperCase())

test.each(fields.map(({ name }) => name))('%s in any spelling', (name) => {
  const spellings = [name, name.replaceAll('-', '_'), camelCase(name), name.toUpperCase()]
  expect(spellings.map((each) => findKnownName(each)?.field.name)).toStrictEqual(
    spellings.map(() => name),
  )
  expect(findKnownName(name)?.rank).toBe(0)
  expect(findKnownName(name.replaceAll('-', '_'))?.rank).toBe(0)
  expect(findKnownName(name.toUpperCase())).toStrictEqual({
    field: fields.find((field) => field.name === name),
    rank: 1,
    isCommon: false,
    beside: undefined,
  })
})

describe('names of other tools', () => {
  test.each([
    ['account', 'account-id'],
    ['accountid', 'account-id'],
    ['accountId', 'account-id'],
    ['interfaceid', 'interface-id'],
    ['eni', 'interface-id'],
    ['sourceaddress', 'srcaddr'],
    ['src_addr', 'srcaddr'],
    ['source', 'srcaddr'],
    ['destinationAddress', 'dstaddr'],
    ['destination', 'dstaddr'],
    ['sourceport', 'srcport'],
    ['src_port', 'srcport'],
    ['destinationport', 'dstport'],
    ['dest_port', 'dstport'],
    ['numPackets', 'packets'],
    ['numbytes', 'bytes'],
    ['startTime', 'start'],
    ['windowstart', 'start'],
    ['end_time', 'end'],
    ['windowend', 'end'],
    ['logs_status', 'log-status'],
    ['flowlogstatus', 'log-status'],
    ['status', 'log-status'],
    ['pkt_src_service', 'pkt-src-aws-service'],
    ['pktDstService', 'pkt-dst-aws-service'],
  ])('%s is %s', (alias, name) => {
    expect(findKnownName(alias)?.field.name).toBe(name)
  })
})

test('names that only look alike', () => {
  const names = [
    '@version',
    '_type',
    'source_type',
    'srcaddr_',
    'tcp',
    '',
    '__proto__',
    'constructor',
  ]
  expect(names.map(findKnownName)).toStrictEqual(names.map(() => undefined))
})
