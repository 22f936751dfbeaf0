import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseS3Key, toS3Origin } from './s3-key.ts'

const name = '123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz'
const time = Date.UTC(2018, 5, 20, 16, 20)
const parts = {
  account: '123456789012',
  region: 'us-east-1',
  flowLogId: 'fl-1234abcd',
  time,
}
const hive = 'AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1'

describe('every layout that is documented', () => {
  test.each([
    ['per day', `AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`],
    ['per hour', `AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/16/${name}`],
    ['with a prefix', `a/b c/AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`],
    ['Hive', `${hive}/year=2018/month=06/day=20/${name}`],
    ['Hive per hour', `my-logs/${hive}/year=2018/month=06/day=20/hour=16/${name}`],
    [
      'Hive of a transit gateway',
      `${hive.replace('aws-service', 'service')}/year=2018/month=06/day=20/hour=16/${name}`,
    ],
  ])('%s', (_, key) => {
    expect(parseS3Key(key)).toStrictEqual(parts)
  })

  test.each([
    ['us-gov-east-1', 'log.gz'],
    ['us-isob-east-1', 'log.gz'],
    ['eusc-de-east-1', 'log.parquet'],
    ['ap-southeast-5', 'log.parquet'],
  ])('region %s, a file that ends in %s', (region, end) => {
    const id = 'fl-0123456789abcdef0'
    const file = `012345678901_vpcflowlogs_${region}_${id}_20260610T0000Z_0a1b2c3d.${end}`
    expect(
      parseS3Key(`AWSLogs/012345678901/vpcflowlogs/${region}/2026/06/10/${file}`),
    ).toStrictEqual({
      account: '012345678901',
      region,
      flowLogId: id,
      time: Date.UTC(2026, 5, 10),
    })
  })
})

describe('copies', () => {
  test.each([
    name,
    `./${name}`,
    `./backup/AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`,
    `C:\\backup\\AWSLogs\\123456789012\\vpcflowlogs\\us-east-1\\2018\\06\\20\\${name}`,
    `/home/AWSLogs/copy/${hive}/year=2018/month=06/day=20/${name}`,
    `vpcflowlogs/us-east-1/2018/06/20/${name}`,
    `AWSLogs/o-a1b2c3d4e5/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`,
    name.replace('.gz', ''),
  ])('%s', (path) => {
    expect(parseS3Key(path)).toStrictEqual(parts)
  })

  test.each([
    ['AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/all.log.gz'],
    ['AWSLogs/123456789012/vpcflowlogs/us-east-1/merged.parquet'],
    [`${hive}/year=2018/month=06/day=20/`],
    [`${hive.replace('aws-service', 'service')}/year=2018/month=06/day=20/hour=16/all.log`],
  ])('a file of another name has the folders: %s', (key) => {
    expect(parseS3Key(key)).toStrictEqual({ account: '123456789012', region: 'us-east-1' })
  })
})

describe('folders and file name that differ: the file name counts', () => {
  test.each([
    ['account', 'AWSLogs/210987654321/vpcflowlogs/us-east-1/2018/06/20'],
    ['region', 'AWSLogs/123456789012/vpcflowlogs/eu-west-1/2018/06/20'],
    ['time', 'AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/21'],
    ['time', 'AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/17'],
    ['time', `${hive}/year=2019/month=06/day=20`],
  ])('%s: %s', (conflict, folders) => {
    expect(parseS3Key(`${folders}/${name}`)).toStrictEqual({ ...parts, conflicts: [conflict] })
  })

  test('in everything', () => {
    const folders = 'AWSLogs/210987654321/vpcflowlogs/eu-west-1/2018/06/21'
    expect(parseS3Key(`${folders}/${name}`)).toStrictEqual({
      ...parts,
      conflicts: ['account', 'region', 'time'],
    })
  })
})

test.each([
  '',
  '/',
  'flow.log.gz',
  'AWSLogs/123456789012/CloudTrail/us-east-1/2018/06/20/123456789012_CloudTrail_us-east-1_20180620T1620Z_x.json.gz',
  'AWSLogs/123456789012/vpcflowlogs/',
  'AWSLogs/masked/vpcflowlogs/us-east-1/2018/06/20/x.log.gz',
  name.replace('vpcflowlogs', 'elasticloadbalancing'),
  name.replace('123456789012', '1234'),
  name.replace('us-east-1', 'here'),
  name.replace('fl-', 'vpc-'),
  name.replace('1620Z', '1620'),
  name.replace('.log.gz', '.json.gz'),
  `${name}.tmp`,
])('no flow log by its name: %s', (key) => {
  expect(parseS3Key(key)).toBeUndefined()
})

test('a time that is none is left out', () => {
  const { time: _, ...rest } = parts
  expect(parseS3Key(name.replace('20180620T1620Z', '20181320T1620Z'))).toStrictEqual(rest)
})

test('what the parts of any key are written as is what they are read as', () => {
  const layouts = fc.record({
    prefix: fc.constantFrom('', 'a/', 'AWSLogs/', 'a=b/AWSLogs/c/'),
    account: fc.integer({ min: 0, max: 999_999_999_999 }).map((id) => String(id).padStart(12, '0')),
    region: fc.constantFrom('us-east-1', 'us-gov-west-1', 'ap-northeast-3'),
    flowLogId: fc.stringMatching(/^fl-[0-9a-f]{8,17}$/),
    time: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    service: fc.constantFrom(undefined, 'aws-service', 'service'),
    isHourly: fc.boolean(),
  })
  fc.assert(
    fc.property(layouts, ({ prefix, account, region, flowLogId, time, service, isHourly }) => {
      const slot = Math.floor(time.getTime() / 300_000) * 300_000
      const [date = '', clock = ''] = new Date(slot).toISOString().split('T')
      const [hour, minute] = clock.split(':')
      const [year, month, day] = date.split('-')
      const values = [account, 'vpcflowlogs', region, year, month, day, ...(isHourly ? [hour] : [])]
      const names = ['aws-account-id', service, 'aws-region', 'year', 'month', 'day', 'hour']
      const folders = values.map((value, index) => (service ? `${names[index]}=${value}` : value))
      const file = `${account}_vpcflowlogs_${region}_${flowLogId}_${year}${month}${day}T${hour}${minute}Z_0f.log.gz`
      const place = `${prefix}AWSLogs/${folders.join('/')}`
      expect(parseS3Key(`${place}/renamed`)).toStrictEqual({ account, region })
      expect(parseS3Key(`${place}/${file}`)).toStrictEqual({
        account,
        region,
        flowLogId,
        time: slot,
      })
    }),
  )
})

test('any text is read without a complaint', () => {
  const pieces = fc.constantFrom('/', '_', '=', 'AWSLogs', 'vpcflowlogs', '123456789012', name, 'é')
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (texts) => {
      const read = parseS3Key(texts.join(''))
      expect(read === undefined || /^\d{12}$/.test(read.account)).toBe(true)
    }),
  )
})

describe('the origin of an object', () => {
  test('of a flow log', () => {
    const key = `AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`
    expect(toS3Origin('bucket', key)).toStrictEqual({
      account: '123456789012',
      region: 'us-east-1',
      timestamp: time,
      bucket: 'bucket',
      key,
    })
  })

  test('of anything else', () => {
    expect(toS3Origin('bucket', 'a/b')).toStrictEqual({ bucket: 'bucket', key: 'a/b' })
  })
})
