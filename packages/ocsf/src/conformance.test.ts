import { createJudge, describeConformance, loadCases } from '@flowlogs/conformance'
import { createParser, createTransform, isRejection } from '@flowlogs/core'
import { expect, test } from 'vitest'
import {
  createOcsfMapper,
  createOcsfMapping,
  type OcsfMapped,
  type OcsfOptionsInput,
  type OcsfVersion,
  ocsfVersions,
} from './index.ts'

const origin = {
  account: '210987654321',
  region: 'eu-west-1',
  logGroup: '/aws/vpc',
  logStream: 'eni-0123456789abcdef0-all',
  eventId: '39213216423153289123123123123123123123123123123123123123',
  timestamp: 1763700061000,
  line: 2,
}

const choices: readonly OcsfOptionsInput[] = [
  { eniWithoutDirection: 'src' },
  { eniWithoutDirection: 'dst' },
  { observables: false },
  { rawData: true },
  { skipdata: 'emit' },
  { datetime: true },
  { container: true },
  { proxyEndpoint: true },
  { processedTime: true },
  { communityId: true },
  {
    eniWithoutDirection: 'src',
    rawData: true,
    skipdata: 'emit',
    datetime: true,
    container: true,
    proxyEndpoint: true,
    processedTime: true,
    communityId: true,
  },
]

for (const version of ocsfVersions) {
  const judge = createJudge(version)
  describeConformance({
    name: 'ocsf',
    golden: `ocsf-${version}`,
    convert: (header, line) => convert({ version }, header, line),
    map: (header, record, context) =>
      outcomeOf(createOcsfMapper({ version, format: header })(record, context)),
    transform: (format) => createTransform({ format, mapping: createOcsfMapping({ version }) }),
    judge,
  })

  const possible = choices.filter(
    ({ skipdata, communityId }) => (skipdata !== 'emit' && !communityId) || version >= '1.4',
  )
  test.each(possible)(`every event of ${version} is valid with an origin and %o`, (choice) => {
    const complaints = loadCases().flatMap(({ name, header, line }) => {
      const event = convert({ version, ...choice }, header, line, origin)
      if ('rejection' in event || 'kept_out' in event) return []
      return judge(event).map((complaint) => `${name}: ${complaint}`)
    })
    expect(complaints).toEqual([])
  })
}

function convert(
  options: OcsfOptionsInput,
  header: string,
  line: string,
  from: typeof origin | undefined = undefined,
): object {
  const record = createParser(header).parse(line)
  if (isRejection(record)) return { rejection: record }
  const context = { line, ...(from && { origin: from }) }
  return outcomeOf(createOcsfMapper({ ...options, format: header })(record, context))
}

function outcomeOf(mapped: OcsfMapped<OcsfVersion>): object {
  if ('event' in mapped) return mapped.event
  return 'keptOut' in mapped ? { kept_out: mapped.keptOut } : mapped
}
