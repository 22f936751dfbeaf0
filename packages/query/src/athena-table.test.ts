import { describe, expect, test } from 'vitest'
import { type AthenaTableOptions, toAthenaTable } from './index.ts'

const location = 's3://amzn-s3-demo-bucket/prefix/AWSLogs/123456789012/vpcflowlogs/us-east-1/'

/** The columns that AWS documents, in its order. */
const v2 = [
  'version int',
  'account_id string',
  'interface_id string',
  'srcaddr string',
  'dstaddr string',
  'srcport int',
  'dstport int',
  'protocol bigint',
  'packets bigint',
  'bytes bigint',
  'start bigint',
  '`end` bigint',
  'action string',
  'log_status string',
]
const v5 = [
  ...v2,
  'vpc_id string',
  'subnet_id string',
  'instance_id string',
  'tcp_flags int',
  'type string',
  'pkt_srcaddr string',
  'pkt_dstaddr string',
  'region string',
  'az_id string',
  'sublocation_type string',
  'sublocation_id string',
  'pkt_src_aws_service string',
  'pkt_dst_aws_service string',
  'flow_direction string',
  'traffic_path int',
]
/** The order in which the console writes the fields of version 5. */
const alphabetical = [
  'account_id string',
  'action string',
  'az_id string',
  'bytes bigint',
  'dstaddr string',
  'dstport int',
  '`end` bigint',
  'flow_direction string',
  'instance_id string',
  'interface_id string',
  'log_status string',
  'packets bigint',
  'pkt_dst_aws_service string',
  'pkt_dstaddr string',
  'pkt_src_aws_service string',
  'pkt_srcaddr string',
  'protocol bigint',
  'region string',
  'srcaddr string',
  'srcport int',
  'start bigint',
  'sublocation_id string',
  'sublocation_type string',
  'subnet_id string',
  'tcp_flags int',
  'traffic_path int',
  'type string',
  'version int',
  'vpc_id string',
]

function list(columns: readonly string[]): string {
  return columns.map((column) => `  ${column}`).join(',\n')
}

describe('text, by date', () => {
  test.each([
    ['v2', v2],
    ['v5', v5],
    ['v5-alphabetical', alphabetical],
  ])('%s', (format, columns) => {
    expect(
      toAthenaTable({ format, location }),
    ).toBe(`CREATE EXTERNAL TABLE IF NOT EXISTS vpc_flow_logs (
${list(columns)}
)
PARTITIONED BY (\`date\` date)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '
LOCATION 's3://amzn-s3-demo-bucket/prefix/AWSLogs/123456789012/vpcflowlogs/us-east-1/'
TBLPROPERTIES (
  'skip.header.line.count' = '1'
);

-- For each day:
-- ALTER TABLE vpc_flow_logs ADD IF NOT EXISTS PARTITION (\`date\`='YYYY-MM-dd') LOCATION 's3://amzn-s3-demo-bucket/prefix/AWSLogs/123456789012/vpcflowlogs/us-east-1/YYYY/MM/dd/';
`)
  })

  test('by hour as well', () => {
    const ddl = toAthenaTable({ format: 'v2', location: 's3://copies/flow', hourly: true })
    expect(ddl.split('\n').slice(15)).toEqual([
      ')',
      'PARTITIONED BY (`date` date, hour string)',
      "ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '",
      "LOCATION 's3://copies/flow/'",
      'TBLPROPERTIES (',
      "  'skip.header.line.count' = '1'",
      ');',
      '',
      '-- For each hour:',
      "-- ALTER TABLE vpc_flow_logs ADD IF NOT EXISTS PARTITION (`date`='YYYY-MM-dd', hour='HH') LOCATION 's3://copies/flow/YYYY/MM/dd/HH/';",
      '',
    ])
  })
})

const parquetStorage = `ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS
  INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
  OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'`

describe('projection', () => {
  test('Parquet: the region is a partition instead of a column, and the protocol an int', () => {
    const columns = v5
      .filter((column) => column !== 'region string')
      .map((column) => (column === 'protocol bigint' ? 'protocol int' : column))
    expect(
      toAthenaTable({
        format: 'v5',
        location,
        table: 'logs.flows',
        parquet: true,
        projection: true,
      }),
    ).toBe(`CREATE EXTERNAL TABLE IF NOT EXISTS logs.flows (
${list(columns)}
)
PARTITIONED BY (region string, day string)
${parquetStorage}
LOCATION 's3://amzn-s3-demo-bucket/prefix/AWSLogs/'
TBLPROPERTIES (
  'EXTERNAL' = 'true',
  'projection.enabled' = 'true',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.range' = '2021/01/01,NOW',
  'projection.day.format' = 'yyyy/MM/dd',
  'storage.location.template' = 's3://amzn-s3-demo-bucket/prefix/AWSLogs/123456789012/vpcflowlogs/\${region}/\${day}'
);
`)
  })

  test('text keeps the column of the region; accounts and regions are listed', () => {
    const ddl = toAthenaTable({
      format: 'v5',
      location: 's3://central',
      projection: true,
      hourly: true,
      accounts: ['123456789012', '210987654321'],
      regions: ['eu-west-1', 'us-gov-east-1'],
    })
    expect(ddl).toBe(`CREATE EXTERNAL TABLE IF NOT EXISTS vpc_flow_logs (
${list(v5)}
)
PARTITIONED BY (accountid string, aws_region string, day string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '
LOCATION 's3://central/AWSLogs/'
TBLPROPERTIES (
  'skip.header.line.count' = '1',
  'projection.enabled' = 'true',
  'projection.accountid.type' = 'enum',
  'projection.accountid.values' = '123456789012,210987654321',
  'projection.aws_region.type' = 'enum',
  'projection.aws_region.values' = 'eu-west-1,us-gov-east-1',
  'projection.day.type' = 'date',
  'projection.day.range' = '2021/01/01/00,NOW',
  'projection.day.format' = 'yyyy/MM/dd/HH',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'HOURS',
  'storage.location.template' = 's3://central/AWSLogs/\${accountid}/vpcflowlogs/\${aws_region}/\${day}'
);
`)
  })

  test('over prefixes in Hive style', () => {
    const ddl = toAthenaTable({ format: 'start end', location, hive: true, projection: true })
    expect(ddl).toBe(`CREATE EXTERNAL TABLE IF NOT EXISTS vpc_flow_logs (
  start bigint,
  \`end\` bigint
)
PARTITIONED BY (\`aws-account-id\` string, \`aws-service\` string, \`aws-region\` string, \`year\` string, \`month\` string, \`day\` string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '
LOCATION 's3://amzn-s3-demo-bucket/prefix/AWSLogs/'
TBLPROPERTIES (
  'skip.header.line.count' = '1',
  'projection.enabled' = 'true',
  'projection.aws-account-id.type' = 'enum',
  'projection.aws-account-id.values' = '123456789012',
  'projection.aws-service.type' = 'enum',
  'projection.aws-service.values' = 'vpcflowlogs',
  'projection.aws-region.type' = 'enum',
  'projection.aws-region.values' = 'us-east-1',
  'projection.year.type' = 'integer',
  'projection.year.range' = '2021,2040',
  'projection.year.digits' = '4',
  'projection.month.type' = 'integer',
  'projection.month.range' = '1,12',
  'projection.month.digits' = '2',
  'projection.day.type' = 'integer',
  'projection.day.range' = '1,31',
  'projection.day.digits' = '2',
  'storage.location.template' = 's3://amzn-s3-demo-bucket/prefix/AWSLogs/aws-account-id=\${aws-account-id}/aws-service=\${aws-service}/aws-region=\${aws-region}/year=\${year}/month=\${month}/day=\${day}'
);
`)
  })
})

test('prefixes in Hive style, of a transit gateway, in Parquet and by hour', () => {
  const format = 'version tgw-id tgw-attachment-id protocol packets-lost-no-route encryption-status'
  const ddl = toAthenaTable({
    format: `${format} next-year`,
    location: 's3://b/AWSLogs/aws-account-id=123456789012/',
    parquet: true,
    hive: true,
    hourly: true,
  })
  expect(ddl).toBe(`CREATE EXTERNAL TABLE IF NOT EXISTS vpc_flow_logs (
  version int,
  tgw_id string,
  tgw_attachment_id string,
  protocol bigint,
  packets_lost_no_route bigint,
  encryption_status int,
  \`next_year\` string
)
PARTITIONED BY (\`aws-account-id\` string, \`aws-service\` string, \`aws-region\` string, \`year\` string, \`month\` string, \`day\` string, \`hour\` string)
${parquetStorage}
LOCATION 's3://b/AWSLogs/'
TBLPROPERTIES (
  'EXTERNAL' = 'true'
);

-- Again whenever there are new days:
MSCK REPAIR TABLE vpc_flow_logs;
`)
})

test.each<[Partial<AthenaTableOptions>, string]>([
  [{ location: 'bucket' }, '"bucket" is no location of flow logs'],
  [{ location: `${location}2026/01/` }, 'is no location of flow logs'],
  [{ location: "s3://b/it's" }, 'is no location of flow logs'],
  [{ table: 'a;b' }, '"a;b" is no name of a table'],
  [
    { format: 'start hour', hourly: true },
    'the format has a field "hour", which the partitions need',
  ],
  [{ location: 's3://b', projection: true }, 'projection has to know the account'],
  [{ projection: true, accounts: ['12'] }, '"12" is no account'],
  [{ projection: true, regions: ['x'] }, '"x" is no region'],
  [{ regions: ['us-east-1'] }, 'accounts and regions go with projection'],
])('%o is refused', (options, message) => {
  expect(() => toAthenaTable({ format: 'v2', location, ...options })).toThrow(message)
})
