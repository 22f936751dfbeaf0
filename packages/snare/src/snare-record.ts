/**
 * The record that Snare Central stores for a VPC flow log line, table `AWSVPCFlowLog`. Its columns
 * are those of the default format; what else a line has goes to SNAREDATAMAP.
 */
import {
  createMapping,
  date,
  hasTime,
  type Mapping,
  nowShortDatetime,
  number,
  origin,
  rest,
  shortDatetime,
  text,
  timeOfDay,
} from '@flowlogs/core'

const times = ['end', 'start', origin('timestamp')]

/** Builds the mapping to Snare Central's AWSVPCFlowLog record. */
export function createSnareMapping(): Mapping {
  return createMapping({
    name: 'snare',
    requires: [{ code: 'no_time', fields: ['end', 'start'], condition: hasTime(...times) }],
    template: {
      DATE: date(...times),
      TIME: timeOfDay(...times),
      SYSTEM: 'AWS Internal',
      TABLE: 'AWSVPCFlowLog',
      COLLECTIONDATETIME: nowShortDatetime,
      CWLDATETIME: shortDatetime(origin('timestamp')),
      DATETIME: shortDatetime(...times),
      VERSION: number('version'),
      ACCOUNTID: text('account_id'),
      INTERFACEID: text('interface_id'),
      SRCADDR: text('srcaddr'),
      DSTADDR: text('dstaddr'),
      SRCPORT: number('srcport'),
      DSTPORT: number('dstport'),
      PROTOCOL: number('protocol'),
      PACKETS: number('packets'),
      BYTES: number('bytes'),
      START: shortDatetime('start'),
      ACTION: text('action'),
      LOGSTATUS: text('log_status'),
      SNAREDATAMAP: rest,
    },
  })
}
