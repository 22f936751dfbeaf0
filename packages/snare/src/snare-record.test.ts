import { createTransform } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { createSnareMapping } from './index.ts'

const clock = () => Date.UTC(2022, 10, 17, 22, 10, 2)

test('the documented line, delivered by CloudWatch Logs', () => {
  const transform = createTransform({ mapping: createSnareMapping(), clock })
  const { output } = transform(
    '2 123456789012 eni-1234s1m4n56789 122.31.17.169 122.31.17.69 20641 22 6 20 4249 1668722921 1668722981 ACCEPT OK',
    { timestamp: 1_668_722_921_000 },
  )
  expect(JSON.parse(new TextDecoder().decode(output))).toStrictEqual({
    DATE: '2022-11-17',
    TIME: '22:09:41',
    SYSTEM: 'AWS Internal',
    TABLE: 'AWSVPCFlowLog',
    COLLECTIONDATETIME: '2022-11-17T22:10:02Z',
    CWLDATETIME: '2022-11-17T22:08:41Z',
    DATETIME: '2022-11-17T22:09:41Z',
    VERSION: 2,
    ACCOUNTID: '123456789012',
    INTERFACEID: 'eni-1234s1m4n56789',
    SRCADDR: '122.31.17.169',
    DSTADDR: '122.31.17.69',
    SRCPORT: 20641,
    DSTPORT: 22,
    PROTOCOL: 6,
    PACKETS: 20,
    BYTES: 4249,
    START: '2022-11-17T22:08:41Z',
    ACTION: 'ACCEPT',
    LOGSTATUS: 'OK',
  })
})
