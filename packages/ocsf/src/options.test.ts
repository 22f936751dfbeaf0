import { createTransform } from '@flowlogs/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { attributes } from './attributes.ts'
import {
  createOcsfMapper,
  createOcsfMapping,
  type NetworkActivity,
  type OcsfOptionsInput,
  ocsfVersions,
} from './index.ts'

const format =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol start end action log-status instance-id pkt-srcaddr pkt-dstaddr flow-direction ecs-container-id'
// A NAT gateway's interface, on the way out.
const forwarded =
  '5 123456789012 eni-nat 10.0.0.220 203.0.113.5 40000 443 6 1763700000 1763700060 ACCEPT OK i-1 10.0.1.5 203.0.113.5 egress c-1'
const plain =
  '5 123456789012 eni-app 10.0.1.5 203.0.113.5 40000 443 6 1763700000 1763700060 ACCEPT OK i-1 10.0.1.5 203.0.113.5 egress c-1'

/** The event, which is the same in both lanes. */
function eventOf(options: OcsfOptionsInput, line: string, columns = format) {
  const [fast, reference] = (['auto', 'object'] as const).map((engine) => {
    const mapping = createOcsfMapping(options)
    const clock = () => 1763700123456
    const { output, ledger } = createTransform({ format: columns, mapping, engine, clock })(line)
    expect(ledger.lanes).toEqual({ [engine === 'auto' ? 'kernel' : 'object']: 1 })
    return new TextDecoder().decode(output)
  })
  expect(fast).toBe(reference)
  return JSON.parse(fast ?? '') as NetworkActivity
}

describe('an option', () => {
  test('eniWithoutDirection puts the interface at one end, or claims nothing', () => {
    const columns = 'interface-id srcaddr dstaddr srcport dstport protocol start end'
    const line = 'eni-1 10.0.0.1 10.0.0.2 1 2 6 1763700000 1763700060'
    const none = eventOf({}, line, columns)
    expect(none.src_endpoint).toEqual({ ip: '10.0.0.1', port: 1 })
    expect(none.unmapped).toEqual({ interface_id: 'eni-1' })
    const source = eventOf({ eniWithoutDirection: 'src' }, line, columns)
    expect(source.src_endpoint).toEqual({ ip: '10.0.0.1', port: 1, interface_uid: 'eni-1' })
    expect(source.unmapped).toBeUndefined()
    const destination = eventOf({ eniWithoutDirection: 'dst' }, line, columns)
    expect(destination.dst_endpoint).toEqual({ ip: '10.0.0.2', port: 2, interface_uid: 'eni-1' })
  })

  test('proxyEndpoint gives a forwarding interface its own place', () => {
    const event = eventOf({ proxyEndpoint: true }, forwarded)
    expect(event.src_endpoint).toEqual({
      ip: '10.0.1.5',
      intermediate_ips: ['10.0.0.220'],
      port: 40000,
      proxy_endpoint: { ip: '10.0.0.220', interface_uid: 'eni-nat', instance_uid: 'i-1' },
    })
    expect(event.observables?.map(({ name }) => name)).toEqual([
      'src_endpoint.ip',
      'src_endpoint.intermediate_ips',
      'dst_endpoint.ip',
      'src_endpoint.proxy_endpoint.instance_uid',
    ])
    expect(eventOf({ proxyEndpoint: true }, plain)).toEqual(eventOf({}, plain))
    expect(eventOf({}, forwarded).src_endpoint).toEqual({
      ip: '10.0.1.5',
      intermediate_ips: ['10.0.0.220'],
      port: 40000,
      interface_uid: 'eni-nat',
      instance_uid: 'i-1',
    })
  })

  test('container puts the ECS container at the observed end, and says so in the profiles', () => {
    const event = eventOf({ container: true }, plain)
    expect(event.src_endpoint?.container).toEqual({ uid: 'c-1' })
    expect(event.metadata.profiles).toEqual(['cloud', 'security_control', 'container'])
    expect(event.unmapped).toBeUndefined()
    expect(eventOf({}, plain).unmapped).toEqual({ ecs_container_id: 'c-1' })
  })

  test('datetime adds RFC 3339 twins, and says so in the profiles', () => {
    const event = eventOf({ datetime: true }, plain)
    expect(event).toMatchObject({
      time_dt: '2025-11-21T04:40:00.000Z',
      start_time_dt: '2025-11-21T04:40:00.000Z',
      end_time_dt: '2025-11-21T04:41:00.000Z',
    })
    expect(event.metadata.profiles).toEqual(['cloud', 'security_control', 'datetime'])
  })

  test('rawData keeps the line, and from 1.5 its size', () => {
    expect(eventOf({ rawData: true }, plain).raw_data).toBe(plain)
    expect(eventOf({ rawData: true }, plain)).not.toHaveProperty('raw_data_size')
    expect(eventOf({ rawData: true, version: '1.5.0' }, plain)).toMatchObject({
      raw_data: plain,
      raw_data_size: plain.length,
    })
  })

  test('communityId joins the two directions of a conversation', () => {
    const back =
      '5 123456789012 eni-web 203.0.113.5 10.0.1.5 443 40000 6 1763700000 1763700060 ACCEPT OK - 203.0.113.5 10.0.1.5 ingress -'
    const options = { communityId: true, version: '1.8.0' } as const
    const ids = [plain, back].map((line) => {
      const { connection_info } = eventOf(options, line) as NetworkActivity<'1.8.0'>
      return connection_info.community_uid
    })
    expect(ids).toEqual(['1:s33jQM3XLsJZDGnqs2IHiNLQr50=', '1:s33jQM3XLsJZDGnqs2IHiNLQr50='])
  })

  test('processedTime writes the time of mapping', () => {
    const event = eventOf({ processedTime: true }, plain)
    expect(event.metadata.processed_time).toBe(1763700123456)
    expect(eventOf({}, plain).metadata).not.toHaveProperty('processed_time')
  })

  test('skipdata writes lost records as an event of unknown activity', () => {
    const columns = 'account-id interface-id srcaddr dstaddr start end action log-status'
    const line = '123456789012 eni-1 - - 1763700000 1763700060 - SKIPDATA'
    const options = { skipdata: 'emit', version: '1.8.0' } as const
    expect(eventOf(options, line, columns)).toEqual({
      activity_id: 0,
      activity_name: 'Unknown',
      type_uid: 400100,
      type_name: 'Network Activity: Unknown',
      action_id: 0,
      action: 'Unknown',
      disposition_id: 0,
      disposition: 'Unknown',
      category_uid: 4,
      category_name: 'Network Activity',
      class_uid: 4001,
      class_name: 'Network Activity',
      severity_id: 1,
      severity: 'Informational',
      status_code: 'SKIPDATA',
      time: 1763700000000,
      start_time: 1763700000000,
      end_time: 1763700060000,
      duration: 60000,
      metadata: {
        version: '1.8.0',
        profiles: ['cloud', 'security_control'],
        product: { name: 'Amazon VPC', vendor_name: 'AWS', feature: { name: 'Flowlogs' } },
        uid: expect.stringMatching(/^[0-9a-f]{32}$/),
        original_time: '1763700000',
        log_format: 'vpc-flow-log',
      },
      cloud: {
        provider: 'AWS',
        account: { uid: '123456789012', type_id: 10, type: 'AWS Account' },
      },
      connection_info: { direction_id: 0, direction: 'Unknown' },
      src_endpoint: { interface_uid: 'eni-1' },
      observation_point_id: 0,
      observation_point: 'Unknown',
    })
  })
})

describe('a mistake in the options throws', () => {
  test.each<[OcsfOptionsInput | object, string]>([
    [{ version: '1.2.0' }, 'version is one of 1.1.0, 1.3.0, 1.5.0, 1.8.0, not 1.2.0'],
    [{ eniWithoutDirection: 'both' }, 'eniWithoutDirection is one of unmapped, src, dst, not both'],
    [{ skipdata: 'keep' }, 'skipdata is one of drop, emit, not keep'],
    [
      { skipdata: 'emit' },
      "skipdata: 'emit' needs OCSF 1.4 or later: 1.1.0 requires a destination, which lost records lack",
    ],
    [
      { communityId: true, version: '1.3.0' },
      'communityId needs OCSF 1.4 or later: 1.3.0 has no attribute for it',
    ],
    [{ rawdata: true }, 'there is no option "rawdata"'],
  ])('%o', (options, message) => {
    expect(() => createOcsfMapping(options as OcsfOptionsInput)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message }),
    )
  })
})

test('events are typed by their version', () => {
  const map = createOcsfMapper({ version: '1.8.0', format })
  const mapped = map({})
  if ('event' in mapped) {
    expectTypeOf(mapped.event).toEqualTypeOf<NetworkActivity<'1.8.0'>>()
    expectTypeOf(mapped.event.observation_point_id).toEqualTypeOf<0 | 1 | 2>()
  }
  expectTypeOf<NetworkActivity<'1.1.0'>>().not.toHaveProperty('observation_point_id')
  expectTypeOf<NetworkActivity<'1.5.0'>['src_endpoint']>().extract<undefined>().not.toBeNever()
})

test('every attribute that is written stands in the table of attributes', () => {
  const options = {
    eniWithoutDirection: 'src',
    rawData: true,
    datetime: true,
    container: true,
    proxyEndpoint: true,
    processedTime: true,
  } as const
  for (const version of ocsfVersions) {
    const communityId = version >= '1.4'
    const { template } = createOcsfMapping({ ...options, version, communityId })
    for (const path of pathsOf(template)) expect(attributes).toHaveProperty([path])
  }
  const { template } = createOcsfMapping({ ...options, version: '1.8.0', communityId: true })
  expect([...new Set(pathsOf(template))].sort()).toEqual(Object.keys(attributes).sort())
})

/** The paths of a template's leaves, read from its JSON. */
function pathsOf(node: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => pathsOf(each, path))
  if (typeof node !== 'object' || node === null) return []
  const {
    op,
    parts,
    attribute,
    node: inner,
    merge,
    items,
    cases,
    otherwise,
    absent,
  } = node as Record<string, unknown>
  if (attribute !== undefined) return pathsOf(inner, [...path, String(attribute)])
  if (merge !== undefined) return pathsOf(merge, path)
  if (op === 'object') return pathsOf(parts, path)
  if (op === 'list') return pathsOf(items, path)
  if (op === 'when') return pathsOf([inner, otherwise], path)
  if (op === 'choose') {
    return pathsOf([...Object.values(cases as object), otherwise, absent], path)
  }
  return op === undefined ? [] : [path.join('.')]
}
