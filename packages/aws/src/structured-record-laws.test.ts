import { createLineGenerator, createRandom, loadCases, type Random } from '@flowlogs/conformance'
import {
  createParser,
  createTransform,
  findField,
  isRejection,
  type PresetName,
  presets,
  recordMapping,
} from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from './exact-json.ts'
import { createStructuredReader } from './structured-record.ts'

const seeds = fc.integer()
const anyPreset = fc.constantFrom(...(Object.keys(presets) as PresetName[]))

/** The values of a line that AWS could have written. */
function valuesOf(names: readonly string[], random: Random): readonly string[] {
  const columns = names.map((name) => ({ name, kind: findField(name)?.kind ?? 'text' }))
  const next = createLineGenerator(columns, random)
  for (;;) {
    const values = next()
    const isWritten = values.every((value, index) => {
      if (value === 'None' || /[\0- \x7f]/.test(value)) return false
      // Tags are percent-encoded.
      return /^[!-~]*$/.test(value) || !/-tag(?:-2)?$/.test(names[index] ?? '')
    })
    if (isWritten) return values
  }
}

const otherNames: Readonly<Record<string, readonly string[]>> = {
  'account-id': ['account', 'accountid'],
  'interface-id': ['eni', 'interfaceid'],
  srcaddr: ['sourceaddress', 'srcAddr', 'src_addr'],
  dstaddr: ['destinationaddress', 'dstAddr', 'dst_addr'],
  srcport: ['sourceport', 'srcPort'],
  dstport: ['destinationport', 'dstPort', 'destport'],
  packets: ['numpackets'],
  bytes: ['numbytes', 'numBytes'],
  start: ['starttime', 'start_time', 'startTime', 'windowstart'],
  end: ['endtime', 'end_time', 'endTime', 'windowend'],
  'log-status': ['logstatus', 'logs_status', 'flowlogstatus', 'status'],
  'pkt-src-aws-service': ['pkt_src_service'],
  'pkt-dst-aws-service': ['pkt_dst_service'],
}

function spelling(name: string, random: Random): string {
  const camelCase = name.replace(/-([a-z0-9])/g, (_, next) => next.toUpperCase())
  const underscored = name.replaceAll('-', '_')
  return random.pick([
    name,
    underscored,
    camelCase,
    underscored.toUpperCase(),
    ...(otherNames[name] ?? []),
  ])
}

const absent = ['null', '""', '"-"', '"None"']

/** A value as one tool or the other writes it in JSON. */
function written(name: string, value: string, random: Random): string {
  if (value === '-') return random.pick(absent)
  const kind = findField(name)?.kind
  const text = JSON.stringify(value)
  if (kind === undefined || kind === 'text' || kind === 'address') return text
  const options = [text, value]
  if (Number.isSafeInteger(Number(value))) options.push(`${value}.0`, `"${value}.0"`, `${value}e0`)
  if (kind === 'seconds' && Number(value) < 1e11) {
    options.push(JSON.stringify(new Date(Number(value) * 1000).toISOString()))
  }
  return random.pick(options)
}

function toJson(names: readonly string[], values: readonly string[], random: Random): string {
  const members = names.map(
    (name, index) =>
      `${JSON.stringify(spelling(name, random))}:${written(name, values[index] as string, random)}`,
  )
  return `{${random.some(members, 1).join(', ')}}`
}

test('a line, as a record in any style, in any order, is the same line', () => {
  fc.assert(
    fc.property(anyPreset, fc.boolean(), seeds, (preset, hasMore, seed) => {
      const random = createRandom(seed)
      const names = [...presets[preset].split(' '), ...(hasMore ? ['tenant-id', 'x'] : [])]
      const values = valuesOf(names, random)
      const line = { format: names.join(' '), line: values.join(' ') }
      const reader = createStructuredReader(names)
      for (let repeat = 0; repeat < 3; repeat++) {
        const record = parseJson(toJson(names, values, random)) as object
        expect(reader(record)).toStrictEqual(line)
        if (preset !== 'v5-alphabetical')
          expect(createStructuredReader()(record)).toStrictEqual(line)
      }
    }),
  )
})

test('absent fields can be left out', () => {
  fc.assert(
    fc.property(anyPreset, seeds, (preset, seed) => {
      const random = createRandom(seed)
      const names = presets[preset].split(' ')
      const values = valuesOf(names, random)
      const kept = names.filter((_, index) => values[index] !== '-')
      const json = toJson(
        kept,
        values.filter((value) => value !== '-'),
        random,
      )
      fc.pre(createStructuredReader()(parseJson(json) as object) !== undefined)
      expect(createStructuredReader(names)(parseJson(json) as object)).toStrictEqual({
        format: names.join(' '),
        line: values.join(' '),
      })
    }),
  )
})

test('the order of the members changes nothing', () => {
  const name = fc.constantFrom(
    ...presets.v11.split(' '),
    ...presets.tgw.split(' '),
    'x',
    'my-field',
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.jsonValue(), { minKeys: 2 }), seeds, (record, seed) => {
      const shuffled = createRandom(seed).some(Object.entries(record), 1)
      const reader = createStructuredReader()
      const line = reader(record, '')
      const other = reader(Object.fromEntries(shuffled), '')
      // Of several values that no line can carry, the first in the order of the line is blamed.
      expect(other).toStrictEqual(line)
    }),
  )
})

test('anything at all never throws, and a line has a value for each field', () => {
  const name = fc.oneof(
    fc.constantFrom('srcaddr', 'srcAddr', 'source', 'destination', 'bytes', 'start', 'account'),
    fc.constantFrom('account_id', 'logStatus', 'status', 'version', '__proto__', 'a b', '\n', '3'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  const value = fc.oneof(fc.anything({ withBigInt: true }), fc.string({ unit: 'binary' }))
  const reader = createStructuredReader(['srcaddr', 'bytes'])
  fc.assert(
    fc.property(fc.dictionary(name, value), (record) => {
      const result = reader(record)
      if (result === undefined || isRejection(result)) return
      expect(result.line.split(' ')).toHaveLength(result.format.split(' ').length)
      expect(createParser(result.format).format.text).toBe(result.format)
    }),
  )
})

describe('hostile records', () => {
  const reader = createStructuredReader()
  const read = (json: string) => reader(parseJson(json) as object, json)

  test('10,000 members', () => {
    const members = Array.from({ length: 10_000 }, (_, index) => `"x${index}":1`)
    expect(read(`{"srcaddr":"10.0.0.1","bytes":1,${members.join()}}`)).toBeUndefined()
  })

  test('deep values', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const json = `{"srcaddr":"10.0.0.1","bytes":${deep}}`
    expect(read(json)).toStrictEqual({ code: 'unknown_shape', field: 'bytes', line: json })
  })

  test('huge strings are left to the parser', () => {
    const text = 'a'.repeat(10_000_000)
    expect(read(`{"srcaddr":"${text}","bytes":1}`)).toStrictEqual({
      format: presets.v2,
      line: `- - - ${text} - - - - - 1 - - - -`,
    })
  })

  test('members of the prototype', () => {
    const json =
      '{"__proto__":{"dstaddr":"10.0.0.2"},"srcaddr":"10.0.0.1","bytes":1,"constructor":1}'
    expect(read(json)).toStrictEqual({
      format: `${presets.v2} constructor x-proto`,
      line: '- - - 10.0.0.1 - - - - - 1 - - - - 1 {"dstaddr":"10.0.0.2"}',
    })
  })

  test('names without end', () => {
    const bounded = createStructuredReader()
    for (let index = 0; index < 1000; index++) {
      expect(bounded({ srcaddr: '10.0.0.1', bytes: 1, [`x${index}`]: 1 })).toStrictEqual({
        format: `${presets.v2} x${index}`,
        line: '- - - 10.0.0.1 - - - - - 1 - - - - 1',
      })
    }
  })

  test('names that hold what separates names', () => {
    const bounded = createStructuredReader()
    const one = { srcaddr: '10.0.0.1', bytes: 1, 'a\nb': 1 }
    const other = { srcaddr: '10.0.0.1', bytes: 1, a: 1, b: 2 }
    expect(bounded(one)).toMatchObject({ code: 'unknown_shape', value: 'the name "a\\nb"' })
    expect(bounded(other)).toStrictEqual({
      format: `${presets.v2} a b`,
      line: '- - - 10.0.0.1 - - - - - 1 - - - - 1 2',
    })
  })

  test.each(['-5', '"-5"', '"NaN"', '"0x10"', '"010"', '99999999999999999999'])(
    'what the parser finds: %s',
    (bytes) => {
      const result = read(`{"srcaddr":"10.0.0.1","bytes":${bytes}}`)
      const line = result && 'format' in result ? result.line : ''
      expect(createParser('v2').parse(line)).toStrictEqual({
        code: 'bad_integer',
        field: 'bytes',
        value: bytes.replaceAll('"', ''),
        line,
      })
    },
  )

  test('a record that is a header does not change the records after it', () => {
    const names = ['interface-id', 'srcaddr', 'bytes']
    const json = '{"interface_id":"srcaddr","srcaddr":"dstaddr","bytes":"bytes"}'
    expect(createStructuredReader(names)(JSON.parse(json), json)).toStrictEqual({
      code: 'unknown_shape',
      field: 'interface_id',
      value: 'srcaddr',
      line: json,
    })
  })

  test('a record that is a control message', () => {
    const names = ['instance-id', 'az-id', 'srcaddr', 'bytes']
    const json = '{"instance_id":"CWL","az_id":"CONTROL","srcaddr":"MESSAGE:","bytes":1}'
    expect(createStructuredReader(names)(JSON.parse(json), json)).toStrictEqual({
      code: 'unknown_shape',
      field: 'instance_id',
      value: 'CWL',
      line: json,
    })
  })
})

describe('the corpus, as JSON records', () => {
  const cases = loadCases().filter(({ header }) => Object.values(presets).includes(clean(header)))

  test.each(cases.map((each) => [each.name, each] as const))('%s', (_, { header, line }) => {
    const format = clean(header)
    const record = createParser(format).parse(line)
    if (isRejection(record)) return
    const { output } = createTransform({ format, mapping: recordMapping })(line)
    const json = parseJson(Buffer.from(output).toString()) as object
    const values = Object.values(record).map((value) => String(value ?? '-'))
    const read = createStructuredReader(format.split(' '))
    expect(read(json)).toStrictEqual({ format, line: values.join(' ') })
    const complete = {
      ...Object.fromEntries(Object.keys(record).map((key) => [key, null])),
      ...json,
    }
    if (format !== presets['v5-alphabetical']) {
      expect(createStructuredReader()(complete)).toStrictEqual({ format, line: values.join(' ') })
    }
  })

  test('has cases of several presets', () => {
    expect(new Set(cases.map(({ header }) => clean(header))).size).toBeGreaterThan(5)
  })
})

function clean(header: string): string {
  return header.replace(/^\ufeff|\r$/g, '')
}
