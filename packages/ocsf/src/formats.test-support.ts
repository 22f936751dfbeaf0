/** What the tests of lanes run over: formats, options, filter rules, and an origin. */
import { createRandom, type FieldRow, randomFormat } from '@flowlogs/conformance'
import {
  type FilterRule,
  fields,
  is,
  type OriginSource,
  parseFormat,
  presets,
} from '@flowlogs/core'
import { type OcsfOptionsInput, ocsfVersions } from './index.ts'

/** What a delivery through CloudWatch Logs tells of a line. */
export const origin: OriginSource = (index) => ({
  line: index + 1,
  account: '210987654321',
  region: 'eu-west-1',
  logGroup: '/aws/vpc',
  logStream: 'eni-0123456789abcdef0-all',
  eventId: '39213216423153289123123123123123123123123123123123123123',
  timestamp: 1_763_700_061_000,
})

/** Every version with several sets of options. */
export const choices: readonly OcsfOptionsInput[] = ocsfVersions.flatMap((version) => {
  const all: OcsfOptionsInput = {
    version,
    rawData: true,
    datetime: true,
    container: true,
    proxyEndpoint: true,
    processedTime: true,
  }
  return [
    { version },
    { version, observables: false, eniWithoutDirection: 'src' },
    { version, rawData: true, eniWithoutDirection: 'dst' },
    version < '1.4' ? all : { ...all, communityId: true, skipdata: 'emit' },
  ]
})

/** Rules that drop some lines. */
export const filter: readonly FilterRule[] = [
  { name: 'rejected', drop: is('action', 'REJECT') },
  { name: 'web', drop: is('dstport', '443', '80') },
]

/** Formats of every kind; the same ones on every run. */
const random = createRandom(20)
export const formats: readonly (readonly FieldRow[])[] = [
  ...Object.keys(presets).map((name) => parseFormat(name).columns),
  ...Array.from({ length: 9 }, () => randomFormat(fields, random)),
]

/** The header line of a format. */
export function headerOf(columns: readonly FieldRow[]): string {
  return columns.map(({ name }) => name).join(' ')
}
