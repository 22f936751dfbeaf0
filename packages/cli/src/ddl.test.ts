import { toAthenaTable } from '@flowlogs/query'
import { expect, test } from 'vitest'
import { runFlowlogs } from './flowlogs.test-support.ts'

test('ddl writes the table', () => {
  const location = 's3://bucket/AWSLogs/123456789012/vpcflowlogs/eu-west-1/'
  const args = [
    '--format',
    'v5',
    '--location',
    location,
    '--projection',
    '--regions',
    'eu-west-1,us-east-1',
  ]
  expect(runFlowlogs(['ddl', ...args])).toStrictEqual({
    status: 0,
    stdout: toAthenaTable({
      format: 'v5',
      location,
      projection: true,
      regions: ['eu-west-1', 'us-east-1'],
    }),
    stderr: '',
  })
  expect(runFlowlogs(['ddl', '--location', 'here'])).toStrictEqual({
    status: 2,
    stdout: '',
    stderr:
      'flowlogs: "here" is no location of flow logs: s3://BUCKET[/PREFIX][/AWSLogs/ACCOUNT/vpcflowlogs/REGION]\n',
  })
})
