/** What a line with a status other than OK means for an event. */
import {
  all,
  any,
  type Condition,
  type KeepOut,
  labelled,
  not,
  present,
  status,
} from '@flowlogs/core'
import type { OcsfOptions } from './options.ts'

const noAddress: Condition = not(
  any(...['srcaddr', 'dstaddr', 'pkt_srcaddr', 'pkt_dstaddr'].map(present)),
)

/** No traffic on the interface in the interval: nothing happened. */
const noTraffic: Condition = all(status('NODATA'), noAddress)

/** AWS lost records of the interval: a gap, and nothing else is known. */
export const dataLoss: Condition = labelled(
  'AWS lost the records',
  all(status('SKIPDATA'), noAddress),
)

/** The lines that are counted instead of written. */
export function keepOut({ skipdata }: OcsfOptions): readonly KeepOut[] {
  return [
    { column: 'nodata', condition: noTraffic },
    ...(skipdata === 'drop' ? [{ column: 'skipdata' as const, condition: dataLoss }] : []),
  ]
}
