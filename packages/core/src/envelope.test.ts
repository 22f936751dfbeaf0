import { describe, expect, test } from 'vitest'
import { number, rest, text } from './combinators.ts'
import { bulkEnvelope, hecEnvelope } from './envelope.ts'
import { createMapping } from './mapping.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformOptions } from './transform.ts'

const format = 'interface-id srcaddr dstaddr srcport dstport protocol start end bytes'
const line = 'eni-1 10.0.0.1 10.0.0.2 40000 443 6 1763700000 1763700060 42'
const mapping = createMapping({
  name: 'small',
  template: { ip: text('srcaddr'), bytes: number('bytes'), unmapped: rest },
})

/** The output, which is the same in both lanes. */
function outputOf(of: TransformOptions['mapping'], input: string): string {
  const [fast, reference] = (['auto', 'object'] as const).map((engine) => {
    const { output, ledger } = createTransform({ format, mapping: of, engine })(input)
    expect(ledger.lanes).toEqual({ [engine === 'auto' ? 'kernel' : 'object']: ledger.lines })
    return new TextDecoder().decode(output)
  })
  expect(fast).toBe(reference)
  return fast ?? ''
}

const unmapped =
  '"unmapped":{"interface_id":"eni-1","dstaddr":"10.0.0.2","srcport":"40000","dstport":"443","protocol":"6","start":"1763700000","end":"1763700060"}'

describe('a bulk request', () => {
  test('has an action line with the index and the id before each document', () => {
    const one = `{"create":{"_index":"flows","_id":"${idOf(line)}"}}
{"ip":"10.0.0.1","bytes":42,${unmapped}}
`
    expect(outputOf(bulkEnvelope(mapping, { index: 'flows' }), `${line}\n${line}\n`)).toBe(
      one + one,
    )
  })

  test('may leave the index to the path and the id to the receiver', () => {
    const empty = createMapping({ ...mapping, template: { ip: text('srcaddr') } })
    const bulk = bulkEnvelope(empty, { action: 'index', withId: false })
    expect(outputOf(bulk, line)).toBe('{"index":{}}\n{"ip":"10.0.0.1"}\n')
  })
})

function idOf(input: string): string {
  const { events } = createTransform({ format, mapping: recordMapping, index: true })(input)
  return events?.ids[0] ?? ''
}

describe("an event for Splunk's collector", () => {
  test('has its time in seconds, and loses no field to the envelope', () => {
    const hec = hecEnvelope(mapping, { index: 'main', host: 'vpc', source: 'firehose' })
    expect(outputOf(hec, line)).toBe(
      `{"time":1763700000,"host":"vpc","source":"firehose","sourcetype":"ocsf:aws:vpcflow","index":"main","event":{"ip":"10.0.0.1","bytes":42,${unmapped}}}\n`,
    )
  })

  test('takes the time of the transport, with its fraction, when the line has none', () => {
    const transform = createTransform({
      format: 'srcaddr bytes',
      mapping: hecEnvelope(recordMapping, { sourcetype: 'aws:vpcflow' }),
    })
    const { output } = transform('10.0.0.1 1', { timestamp: 1763700000120 })
    expect(new TextDecoder().decode(output)).toBe(
      '{"time":1763700000.12,"sourcetype":"aws:vpcflow","event":{"srcaddr":"10.0.0.1","bytes":1}}\n',
    )
  })
})

describe('the event index', () => {
  test('tells offset, id, time and account of each event, action line included', () => {
    const transform = createTransform({
      format: `account-id ${format}`,
      mapping: bulkEnvelope(recordMapping),
      index: true,
    })
    const input = `123456789012 ${line}\nnot a record\n- ${line}\n`
    const { output, events } = transform(input, { account: '999999999999' })
    const second = new TextDecoder().decode(output).indexOf('{"create"', 1)
    expect(events).toEqual({
      offsets: [0, second],
      ids: [expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)],
      times: [1763700000000, 1763700000000],
      accounts: ['123456789012', '999999999999'],
    })
    const actions = new TextDecoder()
      .decode(output)
      .split('\n')
      .filter((text) => text.startsWith('{"create"'))
    expect(actions.map((action) => JSON.parse(action).create._id)).toEqual(events?.ids)
  })
})
