/**
 * Lines and documents of the tests of Elastic's own pipeline
 * (elastic/integrations, packages/aws/data_stream/vpcflow/_dev/test/pipeline), without what it looks
 * up elsewhere (`geo`, `as`), its own `tags`, and the `-` and `{}` that it leaves for values that are absent.
 */
import { createTransform } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { createEcsMapping } from './index.ts'

const published = [
  {
    name: 'version 3 in the order of the TCP flag example',
    format:
      'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
    line: '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 89.160.20.156 10.0.0.62 43416 5001 89.160.20.156 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
    document: {
      '@timestamp': '2019-08-26T19:48:53.000Z',
      aws: {
        vpcflow: {
          account_id: '123456789010',
          action: 'ACCEPT',
          instance_id: 'i-01234567890123456',
          interface_id: 'eni-1235b8ca123456789',
          log_status: 'OK',
          pkt_dstaddr: '10.0.0.62',
          pkt_srcaddr: '89.160.20.156',
          subnet_id: 'subnet-aaaaaaaa012345678',
          tcp_flags: '2',
          tcp_flags_array: ['syn'],
          type: 'IPv4',
          version: '3',
          vpc_id: 'vpc-abcdefab012345678',
        },
      },
      cloud: {
        account: { id: '123456789010' },
        instance: { id: 'i-01234567890123456' },
        provider: 'aws',
      },
      destination: { address: '10.0.0.62', ip: '10.0.0.62', port: 5001 },
      ecs: { version: '8.11.0' },
      event: {
        action: 'ACCEPT',
        category: ['network'],
        end: '2019-08-26T19:48:53.000Z',
        kind: 'event',
        outcome: 'success',
        start: '2019-08-26T19:47:55.000Z',
        type: ['connection', 'allowed'],
      },
      network: {
        bytes: 568,
        community_id: '1:dF5WY79X1yVncj+yH8q27Q5Bnpk=',
        iana_number: '6',
        packets: 8,
        transport: 'tcp',
        type: 'ipv4',
      },
      related: { ip: ['89.160.20.156', '10.0.0.62'] },
      source: {
        address: '89.160.20.156',
        bytes: 568,
        ip: '89.160.20.156',
        packets: 8,
        port: 43416,
      },
    },
  },
  {
    name: 'lost records',
    format:
      'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
    line: '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 - - - - - - - - - - 1566848875 1566848933 - - SKIPDATA',
    document: {
      '@timestamp': '2019-08-26T19:48:53.000Z',
      aws: {
        vpcflow: {
          account_id: '123456789010',
          instance_id: 'i-01234567890123456',
          interface_id: 'eni-1235b8ca123456789',
          log_status: 'SKIPDATA',
          subnet_id: 'subnet-aaaaaaaa012345678',
          version: '3',
          vpc_id: 'vpc-abcdefab012345678',
        },
      },
      cloud: {
        account: { id: '123456789010' },
        instance: { id: 'i-01234567890123456' },
        provider: 'aws',
      },
      ecs: { version: '8.11.0' },
      event: {
        category: ['network'],
        end: '2019-08-26T19:48:53.000Z',
        kind: 'event',
        start: '2019-08-26T19:47:55.000Z',
        type: ['connection'],
      },
    },
  },
  {
    name: 'a task of Elastic Container Service',
    format: 'v7',
    line: '3 000000000000 - 175.16.199.0 67.43.156.0 63715 3306 6 6 1515 1755678634 1755678662 ACCEPT NODATA - - - - - - - - - - - - - egress - arn:aws:ecs:us-east-1:000000000000:cluster/orders-cluster orders-cluster arn:aws:ecs:us-east-1:000000000000:container-instance/orders-cluster/i-1cb81722735e4bcfa i-1cb81722735e4bcfa 7a93be1b-d3f b20d4561-ebb orders-service arn:aws:ecs:us-east-1:000000000000:task-definition/backend:3 arn:aws:ecs:us-east-1:000000000000:task/orders-cluster/b42ecfbe-17f b42ecfbe-17f',
    document: {
      '@timestamp': '2025-08-20T08:31:02.000Z',
      aws: {
        vpcflow: {
          account_id: '000000000000',
          action: 'ACCEPT',
          ecs_container_id: '7a93be1b-d3f',
          ecs_second_container_id: 'b20d4561-ebb',
          ecs_task_arn: 'arn:aws:ecs:us-east-1:000000000000:task/orders-cluster/b42ecfbe-17f',
          ecs_task_definition_arn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/backend:3',
          ecs_task_id: 'b42ecfbe-17f',
          log_status: 'NODATA',
          version: '3',
        },
      },
      cloud: { account: { id: '000000000000' }, provider: 'aws' },
      destination: { address: '67.43.156.0', ip: '67.43.156.0', port: 3306 },
      ecs: { version: '8.11.0' },
      event: {
        action: 'ACCEPT',
        category: ['network'],
        end: '2025-08-20T08:31:02.000Z',
        kind: 'event',
        outcome: 'success',
        start: '2025-08-20T08:30:34.000Z',
        type: ['connection', 'allowed'],
      },
      network: {
        bytes: 1515,
        community_id: '1:gQn5o7xh9LvC6Jo6+MKZlbG9Vm4=',
        direction: 'egress',
        iana_number: '6',
        packets: 6,
        transport: 'tcp',
        type: 'ipv4',
      },
      orchestrator: {
        cluster: {
          id: 'arn:aws:ecs:us-east-1:000000000000:cluster/orders-cluster',
          name: 'orders-cluster',
        },
        resource: {
          id: 'i-1cb81722735e4bcfa',
          name: 'arn:aws:ecs:us-east-1:000000000000:container-instance/orders-cluster/i-1cb81722735e4bcfa',
        },
      },
      related: { ip: ['175.16.199.0', '67.43.156.0'] },
      service: { name: 'orders-service' },
      source: {
        address: '175.16.199.0',
        bytes: 1515,
        ip: '175.16.199.0',
        packets: 6,
        port: 63715,
      },
    },
  },
  {
    name: 'a transit gateway',
    format: 'tgw',
    line: '3 - 748335378900 tgw-0a12bc34de56f7890 tgw-attach-0123abcd - - vpc-0abc1234 vpc-0def5678 - - eni-0ee5f66aa7bcc89d0 eni-0dd4ee5f66aa7bcc8 - - - 216.160.83.56 89.160.20.128 36721 8080 17 13 6842 1755592553 1755592580 OK - - - - - - - ingress - -',
    document: {
      '@timestamp': '2025-08-19T08:36:20.000Z',
      aws: {
        vpcflow: {
          account_id: '748335378900',
          log_status: 'OK',
          tgw_attachment_id: 'tgw-attach-0123abcd',
          tgw_dst_eni: 'eni-0dd4ee5f66aa7bcc8',
          tgw_dst_vpc_id: 'vpc-0def5678',
          tgw_id: 'tgw-0a12bc34de56f7890',
          tgw_src_eni: 'eni-0ee5f66aa7bcc89d0',
          tgw_src_vpc_id: 'vpc-0abc1234',
          version: '3',
        },
      },
      cloud: { account: { id: '748335378900' }, provider: 'aws' },
      destination: { address: '89.160.20.128', ip: '89.160.20.128', port: 8080 },
      ecs: { version: '8.11.0' },
      event: {
        category: ['network'],
        end: '2025-08-19T08:36:20.000Z',
        kind: 'event',
        start: '2025-08-19T08:35:53.000Z',
        type: ['connection'],
      },
      network: {
        bytes: 6842,
        community_id: '1:sU/jA1+FI5cshrGCoA1TfwNwfOo=',
        direction: 'ingress',
        iana_number: '17',
        packets: 13,
        transport: 'udp',
        type: 'ipv4',
      },
      related: { ip: ['216.160.83.56', '89.160.20.128'] },
      source: {
        address: '216.160.83.56',
        bytes: 6842,
        ip: '216.160.83.56',
        packets: 13,
        port: 36721,
      },
    },
  },
]

test.each(published)('$name', ({ format, line, document }) => {
  const mapping = createEcsMapping({ original: true })
  const { output } = createTransform({ format, mapping })(line)
  const { event, ...others } = JSON.parse(new TextDecoder().decode(output))
  // Ours beyond theirs: an id, and the two names that their shipper adds to every document.
  const { id, dataset, module, original, ...itsEvent } = event
  expect({ ...others, event: itsEvent }).toStrictEqual(document)
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect({ dataset, module, original }).toStrictEqual({
    dataset: 'aws.vpcflow',
    module: 'aws',
    original: line,
  })
})

test('an option that does not exist is refused', () => {
  expect(() => createEcsMapping({ rawData: true } as object)).toThrow(
    'there is no option "rawData"',
  )
})
