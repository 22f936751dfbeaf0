/** Both lanes make the same bytes: of any format, with any mapping. */
import {
  type Combinators,
  createLineGenerator,
  createRandom,
  createRandomMapping,
  type FieldRow,
  isClean,
  loadCases,
  mutate,
  randomFormat,
} from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import * as core from './index.ts'
import { createBothLanes } from './lanes.test-support.ts'

const {
  allFields,
  choose,
  createMapping,
  differs,
  distinct,
  document,
  duration,
  fields,
  id,
  is,
  line,
  milliseconds,
  not,
  number,
  object,
  origin,
  parseFormat,
  present,
  presets,
  recordMapping,
  rest,
  status,
  text,
  when,
} = core

const from: core.OriginSource = (index) => ({
  line: index + 1,
  account: '210987654321',
  bucket: 'flow-logs',
  key: 'a/b.log.gz',
  timestamp: 1_763_700_061_000,
})

const endpoint: core.Mapping = createMapping({
  name: 'endpoint',
  keepOut: [{ column: 'nodata', condition: core.all(status('NODATA'), not(present('srcaddr'))) }],
  requires: [
    { code: 'no_time', fields: ['start', 'end'], condition: core.hasTime('start', 'end') },
    { code: 'no_endpoint', fields: ['srcaddr'], condition: present('srcaddr') },
  ],
  template: object(
    choose('action', { ACCEPT: { verdict: 1 }, REJECT: { verdict: 2 } }, { verdict: 99 }),
    {
      time: milliseconds('start', 'end', origin('timestamp')),
      took: duration('start', 'end'),
      source: {
        ip: text('pkt_srcaddr', 'srcaddr'),
        through: when(differs('pkt_srcaddr', 'srcaddr'), [text('srcaddr')]),
        port: number('srcport'),
      },
      ips: distinct('value', [
        { kind: 'a', value: text('pkt_srcaddr', 'srcaddr') },
        { kind: 'b', value: text('dstaddr') },
      ]),
      uid: id,
      raw: line,
      unmapped: rest,
    },
  ),
})

const mappings: readonly core.Mapping[] = [
  recordMapping,
  endpoint,
  core.bulkEnvelope(recordMapping, { index: 'flows' }),
  core.hecEnvelope(endpoint),
  createMapping({ name: 'all twice', template: { all: allFields, unmapped: rest } }),
]

function headerOf(columns: readonly FieldRow[]): string {
  return columns.map(({ name }) => name).join(' ')
}

test.each(mappings)('the conformance corpus is the same with $name', (mapping) => {
  const run = createBothLanes({ mapping })
  const corpus = loadCases().flatMap(({ input }) => [input, Buffer.from('\n')])
  const { lanes } = run(Buffer.concat(corpus), from)
  expect(lanes.kernel).toBeGreaterThan(60)
})

describe('generated lines', () => {
  const random = createRandom(30)
  const formats = [
    ...Object.keys(presets).map((name) => parseFormat(name).columns),
    ...Array.from({ length: 9 }, () => randomFormat(fields, random)),
  ]
  test.each(formats.map((columns, index) => ({ columns, index })))(
    'of format $index are the same, and the engine takes every clean one',
    ({ columns, index }) => {
      const generate = createLineGenerator(columns, createRandom(3000 + index))
      const lines = Array.from({ length: 1000 }, generate)
      const input = lines.map((values) => values.join(' ')).join('\n')
      for (const mapping of mappings) {
        const run = createBothLanes({ mapping, format: headerOf(columns) })
        const { lanes, rejections } = run(input, from)
        const rejected = new Set(rejections.map((each) => each.origin?.line))
        const clean = lines.filter(
          (values, at) => isClean(columns, values) && !rejected.has(at + 1),
        )
        expect(lanes.kernel ?? 0).toBeGreaterThanOrEqual(clean.length)
      }
    },
  )
})

describe('random mappings', () => {
  const random = createRandom(40)
  const taken = { kernel: 0, clean: 0 }
  test.each(Array.from({ length: 20 }, (_, index) => index * 10))('from %i', (first) => {
    for (let round = first; round < first + 10; round++) {
      const columns = random.chance(0.5)
        ? randomFormat(fields, random)
        : parseFormat(random.pick(Object.keys(presets))).columns
      const generate = createLineGenerator(columns, random)
      const header = headerOf(columns)
      const mapping = randomMapping(columns)
      const run = createBothLanes({ mapping, format: header })
      const lines = Array.from({ length: 40 }, () => generate())
      const clean = run(lines.map((values) => values.join(' ')).join('\n'), from)
      taken.kernel += clean.lanes.kernel ?? 0
      taken.clean += lines.filter((values) => isClean(columns, values)).length
      const damaged = lines.flatMap((values) => [
        mutate(Buffer.from(values.join(' ')), random),
        Buffer.from(`\n${header}\n`),
      ])
      run(Buffer.concat(damaged), from)
    }
  })

  test('and the engine takes most lines', () => {
    expect(taken.clean).toBeGreaterThan(4000)
    expect(taken.kernel).toBeGreaterThan(taken.clean * 0.6)
  })

  function randomMapping(columns: readonly FieldRow[]): core.Mapping {
    const make = createRandomMapping(columns, random, core as unknown as Combinators)
    for (;;) {
      const definition = {
        name: 'random',
        template: make.template() as core.Template,
        ...(random.chance(0.3) && { before: make.template() as core.Template }),
        keepOut: [{ column: 'skipdata', condition: make.condition() as core.Condition }] as const,
      }
      try {
        return createMapping(random.chance(0.5) ? definition : { ...definition, keepOut: [] })
      } catch {
        // The rest of the fields must stand last, which chance does not know.
      }
    }
  }
})

describe('what only the object lane can say', () => {
  const run = (
    format: string,
    template: core.Template,
    input: string,
    origin?: core.OriginSource,
  ) =>
    createBothLanes({ format, mapping: createMapping({ name: 'test', template }) })(input, origin)

  test('an attribute that a later part may replace', () => {
    const template = object({ a: 1, b: number('bytes') }, when(is('action', 'ACCEPT'), { a: 2 }))
    expect(run('bytes action', template, '7 ACCEPT\n8 REJECT')).toEqual({
      output: '{"a":2,"b":7}\n{"a":1,"b":8}\n',
      rejections: [],
      lanes: { object: 2 },
    })
  })

  test('a field that replaces an attribute of its name', () => {
    const template = object({ srcaddr: text('pkt_srcaddr', 'srcaddr') }, rest)
    const lines = '10.0.0.1 10.0.0.2\n10.0.0.1 -'
    expect(run('srcaddr pkt-srcaddr', template, lines)).toEqual({
      output: '{"srcaddr":"10.0.0.1"}\n{"srcaddr":"10.0.0.1"}\n',
      rejections: [],
      lanes: { object: 2 },
    })
  })

  test('attributes that JavaScript puts in another order', () => {
    const template = object({ b: number('bytes') }, when(present('bytes'), { 1: 'first' }))
    expect(run('bytes', template, '7')).toEqual({
      output: '{"1":"first","b":7}\n',
      rejections: [],
      lanes: { object: 1 },
    })
  })

  test('a time that stands in a column of another kind', () => {
    const template = { time: milliseconds('bytes', 'start'), took: duration('bytes', 'start') }
    const lines = '1418530010 1418530070\n7 1418530070\n- 1418530070'
    expect(run('bytes start', template, lines)).toEqual({
      output:
        '{"time":1418530010000,"took":60000}\n{"time":1418530070000}\n{"time":1418530070000}\n',
      rejections: [],
      lanes: { object: 2, kernel: 1 },
    })
  })

  test('an origin that may hold the value of a field', () => {
    const template = { account: text(origin('account'), 'account_id'), unmapped: rest }
    const lines = '1 210987654321\n2 123456789010\n3 -'
    expect(run('bytes account-id', template, lines, { account: '210987654321' })).toEqual({
      output: [
        '{"account":"210987654321","unmapped":{"bytes":"1"}}\n',
        '{"account":"210987654321","unmapped":{"bytes":"2","account_id":"123456789010"}}\n',
        '{"account":"210987654321","unmapped":{"bytes":"3"}}\n',
      ].join(''),
      rejections: [],
      lanes: { object: 2, kernel: 1 },
    })
  })

  test('an origin that JSON must escape', () => {
    const template = { n: number('bytes'), group: text(origin('logGroup')) }
    expect(run('bytes', template, '7', { logGroup: 'a"b' })).toEqual({
      output: '{"n":7,"group":"a\\"b"}\n',
      rejections: [],
      lanes: { object: 1 },
    })
  })
})

describe('what differed once', () => {
  const run = (
    format: string,
    template: core.Template,
    input: string,
    origin?: core.OriginSource,
  ) =>
    createBothLanes({ format, mapping: createMapping({ name: 'test', template }) })(input, origin)
      .output

  test('a condition without values never holds', () => {
    expect(run('bytes', { a: when(is('bytes'), 'yes', 'no') }, '7')).toBe('{"a":"no"}\n')
  })

  test('an item without the value of its list is left out, and so is a list of such items', () => {
    const template = { n: 1, ips: distinct('ip', [{ kind: 'source', ip: text('srcaddr') }]) }
    expect(run('srcaddr', template, '-\n10.0.0.1')).toBe(
      '{"n":1}\n{"n":1,"ips":[{"kind":"source","ip":"10.0.0.1"}]}\n',
    )
    expect(run('bytes', template, '7')).toBe('{"n":1}\n')
  })

  test('an item of a list without repeats may be a choice', () => {
    const item = choose('action', { ACCEPT: { v: text('srcaddr') } }, { v: text('dstaddr') })
    const template = { l: distinct('v', [item, { v: text('srcaddr') }]), unmapped: rest }
    expect(run('srcaddr dstaddr action', template, '::1 ::2 ACCEPT\n::1 ::2 -')).toBe(
      '{"l":[{"v":"::1"}],"unmapped":{"dstaddr":"::2"}}\n{"l":[{"v":"::2"},{"v":"::1"}]}\n',
    )
  })

  test('a repeated item carries its field', () => {
    const second = text('pkt_srcaddr', 'dstaddr')
    const template = { l: distinct('v', [{ v: text('srcaddr') }, { v: second }]), unmapped: rest }
    expect(run('srcaddr pkt-srcaddr dstaddr', template, '10.0.0.1 - 10.0.0.1')).toBe(
      '{"l":[{"v":"10.0.0.1"}]}\n',
    )
  })

  test('all fields do not count as carried', () => {
    const template = object({ ip: text('pkt_srcaddr', 'srcaddr'), all: allFields, unmapped: rest })
    expect(run('srcaddr pkt-srcaddr', template, '10.0.0.1 10.0.0.2')).toBe(
      '{"ip":"10.0.0.2","all":{"srcaddr":"10.0.0.1","pkt_srcaddr":"10.0.0.2"},"unmapped":{"srcaddr":"10.0.0.1"}}\n',
    )
  })

  test('an implausible time of the origin is still a number, and an empty text a text', () => {
    const template = {
      at: number(origin('timestamp')),
      time: milliseconds(origin('timestamp')),
      has: when(present(origin('timestamp')), true),
      account: text(origin('account')),
    }
    expect(run('bytes', template, '7', { timestamp: 17, account: '' })).toBe(
      '{"at":17,"has":true,"account":""}\n',
    )
    expect(run('bytes', template, '7', { timestamp: 1_763_700_061_000.5 })).toBe(
      '{"at":1763700061000.5,"time":1763700061000.5,"has":true}\n',
    )
  })

  test('a number is never the same as a text', () => {
    const template = {
      first: text('bytes', 'tenant_id'),
      other: when(differs('bytes', 'tenant_id'), true),
      unmapped: rest,
    }
    expect(run('bytes tenant-id', template, '7 7')).toBe(
      '{"first":"7","other":true,"unmapped":{"tenant_id":"7"}}\n',
    )
  })

  test('an IPv6 address in a text column is the same in any spelling', () => {
    const template = {
      first: text('tenant_id', 'srcaddr'),
      other: when(differs('tenant_id', 'srcaddr'), true),
      unmapped: rest,
    }
    expect(run('tenant-id srcaddr', template, '2001:DB8::1 2001:db8:0::1\na:b 2001:db8::1')).toBe(
      '{"first":"2001:DB8::1"}\n{"first":"a:b","other":true,"unmapped":{"srcaddr":"2001:db8::1"}}\n',
    )
  })

  test('conditions about addresses and bits ask text columns too', () => {
    const template = {
      six: when(core.family(6, 'tenant_id'), true),
      syn: when(core.bits('tenant_id', 2, 2), true),
    }
    expect(run('bytes tenant-id', template, '7 ::1\n7 18\n7 x')).toBe(
      '{"six":true}\n{"syn":true}\n{}\n',
    )
  })

  test('the IP version of an integer is not that of an address in another format', () => {
    run('start end srcaddr', { ip: text('srcaddr') }, '1763700000 1763700060 ::1')
    const template = { four: when(core.family(4, 'bytes'), true, false) }
    expect(run('start end bytes', template, '1763700000 1763700060 7')).toBe('{"four":true}\n')
    const six = { six: when(core.family(6, 'bytes'), true, false) }
    expect(run('start end bytes', six, '1763700000 1763700060 7')).toBe('{"six":false}\n')
  })

  test('what a document carries is its own', () => {
    const template = {
      ip: text('pkt_srcaddr', 'srcaddr'),
      inner: document({ n: text('packets', 'bytes') }),
      unmapped: rest,
    }
    expect(run('srcaddr pkt-srcaddr packets bytes', template, '10.0.0.1 10.0.0.1 5 5')).toBe(
      '{"ip":"10.0.0.1","inner":{"n":"5"},"unmapped":{"packets":"5","bytes":"5"}}\n',
    )
  })

  test('a rule that dropped nothing is not in the ledger', () => {
    const filter = [
      { name: 'first', drop: is('bytes', '1') },
      { name: 'second', drop: is('bytes', '2') },
    ]
    const transform = core.createTransform({ format: 'bytes', mapping: recordMapping, filter })
    const { ledger } = transform('2\n2\n3')
    expect(ledger).toEqual({
      ...core.emptyLedger(),
      lines: 3,
      emitted: 1,
      filtered: 2,
      filters: { second: 2 },
      lanes: { kernel: 3 },
    })
  })
})
