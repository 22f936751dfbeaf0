/**
 * `pnpm fuzz --seed N --seconds S`: compares the lanes and their engines on damaged lines, with random
 * formats, options and mappings. Prints the smallest failing input as a case, and exits with 1.
 */
import { parseArgs } from 'node:util'
import {
  type Combinators,
  createRandomMapping,
  describeFinding,
  type FieldRow,
  type FuzzSubject,
  fuzz,
  laneDifference,
  loadCases,
  type Random,
  randomFormat,
} from '@flowlogs/conformance'
import * as core from '@flowlogs/core'
import { createOcsfMapping, type OcsfOptionsInput, ocsfVersions } from './index.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
    findings: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
const deadline = performance.now() + Number(values.seconds) * 1000

const origins: readonly core.OriginSource[] = [
  {},
  { account: '210987654321', region: 'eu-west-1', bucket: 'flow-logs', key: 'a/b.log.gz' },
  { logGroup: '/aws/vpc', logStream: 'eni-1-all', eventId: '3921', timestamp: 1_763_700_061_000 },
  { account: '', region: 'a"b', logGroup: '\u20ac', timestamp: 17 },
  { account: '123456789010', timestamp: 1_763_700_061, key: '\ud800' },
]

const report = fuzz({
  seed,
  until: () => performance.now() > deadline,
  limit: Number(values.findings),
  corpus: loadCases().map(({ input }) => input),
  createSubject,
})

for (const finding of report.findings) console.log(`${describeFinding(finding)}\n`)
console.log(`${report.rounds} rounds, ${report.lines} lines, ${report.findings.length} findings`)
process.exitCode = report.findings.length > 0 ? 1 : 0

function createSubject(random: Random): FuzzSubject {
  const columns = randomColumns(random)
  const [mapping, name] = randomMapping(columns, random)
  const format = columns.map((column) => column.name).join(' ')
  const origin = random.pick(origins)
  const filter = random.chance(0.2)
    ? [
        { name: 'rejected', drop: core.is('action', 'REJECT') },
        { name: 'o', drop: core.is('log_status', 'O') },
      ]
    : []
  const maxLineLength = random.chance(0.1) ? 120 : 65_536
  const options = { format, mapping, filter, maxLineLength, index: random.chance(0.5) }
  const [auto, portable, object] = (['auto', 'portable', 'object'] as const).map((engine) =>
    core.createTransform({ ...options, engine, clock: () => 1_763_700_061_123 }),
  ) as [core.Transform, core.Transform, core.Transform]
  return {
    description: [
      `format: ${JSON.stringify(format)}`,
      `mapping: ${name}`,
      `origin: ${JSON.stringify(origin)}`,
      `options: ${JSON.stringify({ filter, maxLineLength, index: options.index })}`,
    ].join('\n'),
    columns,
    differenceOn(input) {
      const expected = object(input, origin)
      const results = [auto(input, origin), portable(input, origin)] as const
      const [kernel, other] = results.map(({ ledger }) => ledger.lanes)
      const difference = results.map((result) => laneDifference(result, expected)).find(Boolean)
      // A kernel takes the same lines as the portable engine.
      const isSameTaken = kernel?.object === other?.object
      return difference ?? (isSameTaken ? undefined : 'the kernel gave up other lines')
    },
  }
}

function randomColumns(random: Random): readonly FieldRow[] {
  if (random.chance(0.4)) return randomFormat(core.fields, random)
  const preset = random.pick(Object.keys(core.presets))
  return core.parseFormat(preset).columns
}

function randomMapping(
  columns: readonly FieldRow[],
  random: Random,
): readonly [mapping: core.Mapping, name: string] {
  const kind = random.next()
  if (kind < 0.1) return [core.recordMapping, 'record']
  if (kind < 0.55) {
    const options = randomOptions(random)
    const mapping = createOcsfMapping(options)
    const [wrapped, name] = random.pick([
      [mapping, ''],
      [core.bulkEnvelope(mapping, { index: 'flows' }), ' in bulkEnvelope'],
      [core.hecEnvelope(mapping), ' in hecEnvelope'],
    ] as const)
    return [wrapped, `createOcsfMapping(${JSON.stringify(options)})${name}`]
  }
  const make = createRandomMapping(columns, random, core as unknown as Combinators)
  for (;;) {
    const template = make.template() as core.Template
    const keepOut = random.chance(0.3)
      ? [{ column: 'nodata' as const, condition: make.condition() as core.Condition }]
      : []
    try {
      const mapping = core.createMapping({ name: 'random', template, keepOut })
      return [mapping, JSON.stringify(mapping)]
    } catch {
      // Some templates are wrong on purpose of nobody: the rest of the fields must stand last.
    }
  }
}

function randomOptions({ pick, chance }: Random): OcsfOptionsInput {
  const version = pick(ocsfVersions)
  const is14 = version >= '1.4'
  return {
    version,
    eniWithoutDirection: pick(['unmapped', 'src', 'dst']),
    observables: chance(0.5),
    rawData: chance(0.5),
    datetime: chance(0.3),
    container: chance(0.3),
    communityId: is14 && chance(0.5),
    proxyEndpoint: chance(0.3),
    processedTime: chance(0.3),
    skipdata: is14 ? pick(['drop', 'emit']) : 'drop',
  }
}
