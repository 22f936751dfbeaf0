/** The compiler checks these: `pnpm check` fails when a type is not the one expected. */
import { describe, expectTypeOf, test } from 'vitest'
import type { FlowRecord } from './fields.ts'
import { type Format, parseFormat, presets } from './format.ts'
import { createParser, type Parser } from './parser.ts'
import { isRejection, type Rejection } from './rejection.ts'

type RecordFrom<Created> = Created extends Parser<infer Parsed> ? Parsed : never

type Integer = number | bigint | undefined

interface V2 {
  version: number | undefined
  account_id: string | undefined
  interface_id: string | undefined
  srcaddr: string | undefined
  dstaddr: string | undefined
  srcport: number | undefined
  dstport: number | undefined
  protocol: number | undefined
  packets: Integer
  bytes: Integer
  start: Integer
  end: Integer
  action: string | undefined
  log_status: string | undefined
}

interface Pair {
  pkt_srcaddr: string | undefined
  bytes: Integer
}

describe('the type of a record', () => {
  test('has exactly the keys of a LogFormat', () => {
    const parser = createParser('${srcaddr} ${bytes}')
    expectTypeOf<RecordFrom<typeof parser>>().toEqualTypeOf<{
      srcaddr: string | undefined
      bytes: number | bigint | undefined
    }>()
  })

  test('is the same for every spelling of the format', () => {
    const escaped = createParser('$${pkt-srcaddr} $${bytes}')
    const header = createParser('pkt-srcaddr bytes')
    const underscores = createParser('pkt_srcaddr bytes')
    const commas = createParser('pkt-srcaddr, ${bytes}')
    expectTypeOf<RecordFrom<typeof escaped>>().toEqualTypeOf<Pair>()
    expectTypeOf<RecordFrom<typeof header>>().toEqualTypeOf<Pair>()
    expectTypeOf<RecordFrom<typeof underscores>>().toEqualTypeOf<Pair>()
    expectTypeOf<RecordFrom<typeof commas>>().toEqualTypeOf<Pair>()
  })

  test('follows from a preset or a header', () => {
    const preset = createParser('v2')
    const header = createParser(
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    )
    expectTypeOf<RecordFrom<typeof preset>>().toEqualTypeOf<V2>()
    expectTypeOf<RecordFrom<typeof header>>().toEqualTypeOf<V2>()
  })

  test('keeps VPC and Transit Gateway fields apart', () => {
    const v11 = createParser('v11')
    const tgw = createParser('tgw')
    expectTypeOf<RecordFrom<typeof v11>>().toHaveProperty('next_hop_interface_type')
    expectTypeOf<RecordFrom<typeof v11>>().not.toHaveProperty('tgw_id')
    expectTypeOf<RecordFrom<typeof tgw>>().toHaveProperty('packets_lost_blackhole')
    expectTypeOf<RecordFrom<typeof tgw>>().not.toHaveProperty('action')
  })

  test('is as long as the longest header', () => {
    const tgw = createParser(
      'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service',
    )
    const preset = createParser('tgw')
    expectTypeOf<RecordFrom<typeof tgw>>().toEqualTypeOf<RecordFrom<typeof preset>>()
    const v11 = createParser(
      '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type} ${pkt-srcaddr} ${pkt-dstaddr} ${region} ${az-id} ${sublocation-type} ${sublocation-id} ${pkt-src-aws-service} ${pkt-dst-aws-service} ${flow-direction} ${traffic-path} ${ecs-cluster-arn} ${ecs-cluster-name} ${ecs-container-instance-arn} ${ecs-container-instance-id} ${ecs-container-id} ${ecs-second-container-id} ${ecs-service-name} ${ecs-task-definition-arn} ${ecs-task-arn} ${ecs-task-id} ${reject-reason} ${resource-id} ${encryption-status} ${instance-tag} ${instance-tag-2} ${interface-tag} ${interface-tag-2} ${asg-tag} ${asg-tag-2} ${interface-type} ${next-hop-interface-id} ${next-hop-subnet-id} ${next-hop-az-id} ${next-hop-vpc-id} ${next-hop-interface-type}',
    )
    const longest = createParser('v11')
    expectTypeOf<RecordFrom<typeof v11>>().toEqualTypeOf<RecordFrom<typeof longest>>()
  })

  test('is text for a field AWS has not published', () => {
    const parser = createParser('${srcport} ${tenant-id}')
    expectTypeOf<RecordFrom<typeof parser>>().toEqualTypeOf<{
      srcport: number | undefined
      tenant_id: string | undefined
    }>()
  })

  test('is FlowRecord when the format is known only at run time', () => {
    const text: string = presets.v2
    const format: Format = parseFormat(text)
    const fromText = createParser(text)
    const fromFormat = createParser(format)
    expectTypeOf<RecordFrom<typeof fromText>>().toEqualTypeOf<FlowRecord>()
    expectTypeOf<RecordFrom<typeof fromFormat>>().toEqualTypeOf<FlowRecord>()
    expectTypeOf<FlowRecord['bytes']>().toEqualTypeOf<Integer>()
    expectTypeOf<FlowRecord['action']>().toEqualTypeOf<string | undefined>()
  })

  test('is what remains when it is no rejection', () => {
    const result = createParser('${srcaddr} ${bytes}').parse('10.0.0.1 7')
    if (isRejection(result)) expectTypeOf(result).toEqualTypeOf<Rejection>()
    else expectTypeOf(result.bytes).toEqualTypeOf<Integer>()
  })
})
