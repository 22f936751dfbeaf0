import { presets } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { parseJson } from './exact-json.ts'
import { createStructuredReader } from './structured-record.ts'

const read = (json: string, format?: readonly string[]) =>
  createStructuredReader(format)(parseJson(json) as object, json)

const accept = {
  version: 2,
  account_id: '123456789010',
  interface_id: 'eni-1235b8ca123456789',
  srcaddr: '172.31.16.139',
  dstaddr: '172.31.16.21',
  srcport: 20641,
  dstport: 22,
  protocol: 6,
  packets: 20,
  bytes: 4249,
  start: 1418530010,
  end: 1418530070,
  action: 'ACCEPT',
  log_status: 'OK',
}
const acceptLine =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'

describe('records of other tools', () => {
  test('underscores and numbers', () => {
    expect(read(JSON.stringify(accept))).toStrictEqual({ format: presets.v2, line: acceptLine })
  })

  test('dashes and texts', () => {
    const members = Object.entries(accept).map(([name, value]) => [
      name.replaceAll('_', '-'),
      String(value),
    ])
    expect(read(JSON.stringify(Object.fromEntries(members)))).toStrictEqual({
      format: presets.v2,
      line: acceptLine,
    })
  })

  test('what CloudWatch Logs makes of a flow log', () => {
    const json =
      '{"version":"2","accountId":"123456789010","interfaceId":"eni-1235b8ca123456789","srcAddr":"172.31.16.139","dstAddr":"172.31.16.21","srcPort":"20641","dstPort":"22","protocol":"6","packets":"20","bytes":"4249","start":"1418530010","end":"1418530070","action":"ACCEPT","logStatus":"OK"}'
    expect(read(json)).toStrictEqual({ format: presets.v2, line: acceptLine })
  })

  test('the fields of a subscription filter', () => {
    const json =
      '{"version":"2","account":"123456789010","eni":"eni-1235b8ca123456789","source":"-","destination":"-","srcport":"-","destport":"-","protocol":"-","packets":"-","bytes":"-","windowstart":"1418530010","windowend":"1418530070","action":"-","flowlogstatus":"NODATA"}'
    expect(read(json)).toStrictEqual({
      format: presets.v2,
      line: '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1418530010 1418530070 - NODATA',
    })
  })

  test('a table of Athena, with floats where values are absent', () => {
    const json =
      '{"version":2,"account":"123456789010","interfaceid":"eni-1235b8ca123456789","sourceaddress":"172.31.16.139","destinationaddress":null,"sourceport":20641.0,"destinationport":22.0,"protocol":6,"numpackets":20,"numbytes":25238.0,"starttime":"2014-12-14T04:06:50.000Z","endtime":"2014-12-14 04:07:50.000 UTC","action":"None","logstatus":"OK"}'
    expect(read(json)).toStrictEqual({
      format: presets.v2,
      line: '2 123456789010 eni-1235b8ca123456789 172.31.16.139 - 20641 22 6 20 25238 1418530010 1418530070 - OK',
    })
  })

  test('fields that AWS has not published, in the order of their names', () => {
    const json =
      '{"zone":"z","srcaddr":"10.0.0.1","start":1418530010,"ingestedBy":{"name":"x"},"@timestamp":"2014-12-14T04:06:50Z","bytes":1}'
    expect(read(json)).toStrictEqual({
      format: `${presets.v2} ingested-by x-timestamp zone`,
      line: '- - - 10.0.0.1 - - - - - 1 1418530010 - - - {"name":"x"} 2014-12-14T04:06:50Z z',
    })
  })

  test('integers of 64 bits keep their digits', () => {
    expect(
      read('{"srcaddr":"10.0.0.1","packets":9007199254740993,"bytes":9223372036854775807}'),
    ).toStrictEqual({
      format: presets.v2,
      line: '- - - 10.0.0.1 - - - - 9007199254740993 9223372036854775807 - - - -',
    })
  })

  test('a transit gateway, and a record that mixes both kinds', () => {
    expect(read('{"tgw_attachment_id":"tgw-attach-1","start":1418530010}')).toStrictEqual({
      format: presets.tgw,
      line: `- - - - tgw-attach-1${' -'.repeat(18)} 1418530010${' -'.repeat(12)}`,
    })
    expect(
      read('{"tgw_id":"tgw-1","interface_id":"eni-1","vpc_id":"vpc-1","start":1418530010}'),
    ).toStrictEqual({
      format: 'interface-id start vpc-id tgw-id',
      line: 'eni-1 1418530010 vpc-1 tgw-1',
    })
  })
})

describe('the format', () => {
  test.each(['v2', 'v3', 'v4', 'v5', 'v7', 'v8', 'v9', 'v10', 'v11', 'tgw'] as const)(
    'of every field of %s, even if all are absent',
    (preset) => {
      const names = presets[preset].split(' ')
      const json = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])))
      expect(read(json)).toStrictEqual({
        format: presets[preset],
        line: names.map(() => '-').join(' '),
      })
    },
  )

  test('that is expected wins, if it has all the fields', () => {
    const alphabetical = presets['v5-alphabetical'].split(' ')
    const line =
      '123456789010 ACCEPT - 4249 172.31.16.21 22 1418530070 - - eni-1235b8ca123456789 OK 20 - - - - 6 - 172.31.16.139 20641 1418530010 - - - - - - 2 -'
    expect(read(JSON.stringify(accept), alphabetical)).toStrictEqual({
      format: presets['v5-alphabetical'],
      line,
    })
    expect(read(JSON.stringify({ ...accept, resource_id: 'nat-1' }), alphabetical)).toStrictEqual({
      format: presets.v9,
      line: `${acceptLine}${' -'.repeat(26)} nat-1`,
    })
    expect(read('{"srcaddr":"10.0.0.1","bytes":1,"a":1}', ['bytes', 'a', 'srcaddr'])).toStrictEqual(
      {
        format: 'bytes a srcaddr',
        line: '1 1 10.0.0.1',
      },
    )
  })

  test('that is expected says what a record is that nobody would know', () => {
    const json = '{"start":1,"end":2,"bytes":3}'
    expect(read(json)).toBeUndefined()
    expect(read(json, presets.v2.split(' '))).toBeUndefined()
    expect(read(json, ['bytes', 'start', 'end', 'type'])).toStrictEqual({
      format: 'bytes start end type',
      line: '3 1 2 -',
    })
  })
})

describe('two names for one field', () => {
  test('that agree', () => {
    const json = '{"account":"1","accountId":"1","account_id":"1","srcaddr":"10.0.0.1"}'
    expect(read(json)).toStrictEqual({
      format: presets.v2,
      line: `- 1 - 10.0.0.1${' -'.repeat(10)}`,
    })
  })

  test("AWS's own name wins, the other becomes a field under its own", () => {
    const json =
      '{"account":"1","account_id":"2","srcaddr":"10.0.0.1","status":"200","log_status":"OK"}'
    expect(read(json)).toStrictEqual({
      format: `${presets.v2} account status`,
      line: `- 2 - 10.0.0.1${' -'.repeat(9)} OK 1 200`,
    })
    expect(
      read('{"status":"200","log_status":"OK","srcaddr":"10.0.0.1","account":"1"}'),
    ).toStrictEqual({
      format: `${presets.v2} status`,
      line: `- 1 - 10.0.0.1${' -'.repeat(9)} OK 200`,
    })
  })

  test('whose own name is taken', () => {
    const json = '{"accountId":"1","account_id":"2","srcaddr":"10.0.0.1"}'
    expect(read(json)).toStrictEqual({
      code: 'unknown_shape',
      field: 'account_id',
      value: '1',
      line: json,
    })
  })

  test('the same reader, record after record', () => {
    const reader = createStructuredReader()
    const lines = [
      '{"account":"1","account_id":"1","srcaddr":"10.0.0.1"}',
      '{"account":"1","account_id":"2","srcaddr":"10.0.0.1"}',
      '{"account":"2","account_id":"2","srcaddr":"10.0.0.1"}',
    ].map((json) => reader(JSON.parse(json)))
    expect(lines).toStrictEqual([
      { format: presets.v2, line: `- 1 - 10.0.0.1${' -'.repeat(10)}` },
      { format: `${presets.v2} account`, line: `- 2 - 10.0.0.1${' -'.repeat(10)} 1` },
      { format: presets.v2, line: `- 2 - 10.0.0.1${' -'.repeat(10)}` },
    ])
  })
})

describe('what is no flow log record', () => {
  test.each([
    '{}',
    '{"srcaddr":"10.0.0.1"}',
    '{"status":"ok","source":"x"}',
    '{"start":1,"end":2,"type":"word"}',
    '{"version":"0","id":"7","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012","time":"2026-11-22T06:00:00Z","region":"us-east-1","resources":[],"detail":{}}',
    '{"eventVersion":"1.08","userIdentity":{},"eventTime":"2026-11-22T06:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AttachNetworkInterface","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1"}',
    '{"type":"https","time":"2026-11-22T06:00:00Z","elb":"app/x/1","client_ip":"10.0.0.1","client_port":2817,"target_ip":"10.0.0.2","target_port":80,"received_bytes":34,"sent_bytes":366,"request_verb":"GET"}',
    '{"activity_id":6,"category_uid":4,"class_uid":4001,"time":1763700000000,"start_time":1763700000000,"end_time":1763700059000,"duration":59000,"action":"Allowed","src_endpoint":{"ip":"10.1.2.3"},"dst_endpoint":{"ip":"10.9.8.7"},"traffic":{"packets":31}}',
    '{"interfaceId":"eni-1","vpcId":"vpc-1","subnetId":"subnet-1","status":"in-use","type":"interface","region":"eu-west-1"}',
    '{"accountId":"123456789012","region":"eu-west-1","action":"attach","interfaceId":"eni-1"}',
    '{"type":"SFLOW_5","time_received_ns":1,"sequence_num":2,"sampling_rate":1,"bytes":1500,"packets":1,"src_addr":"10.0.0.1","dst_addr":"10.0.0.2","etype":"IPv4","proto":"TCP","src_port":1,"dst_port":2,"in_if":3,"out_if":4,"src_mac":"","dst_mac":"","src_vlan":0,"dst_vlan":0}',
    '{"__proto__":{"srcaddr":"10.0.0.1","start":1},"constructor":1}',
  ])('%.70s', (json) => {
    expect(read(json)).toBeUndefined()
  })
})

describe('no line can carry', () => {
  test.each([
    ['a fraction', '{"srcaddr":"10.0.0.1","bytes":1.5}', 'bytes', '1.5'],
    [
      'an imprecise integer',
      '{"srcaddr":"10.0.0.1","bytes":1e19}',
      'bytes',
      '10000000000000000000',
    ],
    ['a boolean for a number', '{"srcaddr":"10.0.0.1","bytes":true}', 'bytes', 'true'],
    [
      'an object for an address',
      '{"srcaddr":{"ip":"10.0.0.1"},"bytes":1}',
      'srcaddr',
      '{"ip":"10.0.0.1"}',
    ],
    [
      'a list for text',
      '{"srcaddr":"10.0.0.1","vpcId":["x",9007199254740993]}',
      'vpc_id',
      '["x",9007199254740993]',
    ],
    ['a space', '{"srcaddr":"10.0.0.1 ","bytes":1}', 'srcaddr', '10.0.0.1 '],
    ['a line feed', '{"srcaddr":"10.0.0.1","action":"ACCEPT\\n2"}', 'action', 'ACCEPT\n2'],
    [
      'a space in a field of its own',
      '{"srcaddr":"10.0.0.1","bytes":1,"myTag":"a b"}',
      'my_tag',
      'a b',
    ],
    ['half a character', '{"srcaddr":"10.0.0.1","action":"\\ud800"}', 'action', '\ud800'],
    ['a comment', '{"version":"#2","srcaddr":"10.0.0.1"}', 'version', '#2'],
    ['a byte order mark', '{"version":"\ufeff2","srcaddr":"10.0.0.1"}', 'version', '\ufeff2'],
  ])('%s', (_, json, field, value) => {
    expect(read(json)).toStrictEqual({ code: 'unknown_shape', field, value, line: json })
  })

  test('names that have no shape', () => {
    for (const [name, problem] of [
      ['größe', 'the name "größe"'],
      ['§', 'the name "§"'],
      ['', 'the name ""'],
      ['a'.repeat(65), `the name "${'a'.repeat(65)}"`],
    ]) {
      const json = JSON.stringify({ srcaddr: '10.0.0.1', bytes: 1, [name as string]: 1 })
      expect(read(json)).toStrictEqual({ code: 'unknown_shape', value: problem, line: json })
    }
    const json = '{"srcaddr":"10.0.0.1","bytes":1,"my.tag":1,"myTag":2}'
    expect(read(json)).toStrictEqual({
      code: 'unknown_shape',
      value: 'two names that both mean "my-tag"',
      line: json,
    })
  })

  test('more than 32 names that AWS has not published', () => {
    const withUnknown = (count: number) =>
      JSON.stringify({
        ...Object.fromEntries(presets.v7.split(' ').map((name) => [name, 1])),
        ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 1])),
      })
    expect(read(withUnknown(32))).toMatchObject({ line: expect.stringMatching(/^1( [01]+){70}$/) })
    expect(read(withUnknown(33))).toStrictEqual({
      code: 'unknown_shape',
      value: 'more than 32 names that AWS has not published',
      line: withUnknown(33),
    })
  })
})
