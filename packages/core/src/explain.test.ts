import { describe, expect, test } from 'vitest'
import {
  all,
  allFields,
  any,
  bits,
  choose,
  communityId,
  datetime,
  differs,
  distinct,
  document,
  duration,
  family,
  hasTime,
  id,
  inNetwork,
  inSample,
  is,
  labelled,
  line,
  lineLength,
  milliseconds,
  not,
  now,
  number,
  origin,
  present,
  rest,
  seconds,
  text,
  when,
} from './combinators.ts'
import { explainMapping } from './explain.ts'
import { parseFormat } from './format.ts'
import { createMapping, type Template } from './mapping.ts'

function explained(template: Template, format?: string) {
  const mapping = createMapping({ name: 'test', template })
  return explainMapping(mapping, format === undefined ? undefined : parseFormat(format)).map(
    ({ attribute, fields, rule }) => [attribute, fields.join(' '), rule],
  )
}

describe('explainMapping', () => {
  test('names fields and rule of each attribute, in order', () => {
    expect(
      explained({
        a: 'constant',
        b: { c: text('srcaddr', 'dstaddr', origin('region')), d: number('bytes') },
        times: [milliseconds('start', 'end'), seconds('start'), datetime('end')],
        took: duration('start', 'end'),
        id,
        raw: line,
        size: lineLength,
        at: now,
        community: communityId(['pkt_srcaddr', 'srcaddr'], ['dstaddr']),
        event: document({ all: allFields }),
        unmapped: rest,
      }),
    ).toEqual([
      ['a', '', '"constant"'],
      ['b.c', 'srcaddr dstaddr origin.region', 'srcaddr, else dstaddr, else origin.region'],
      ['b.d', 'bytes', 'bytes'],
      [
        'times',
        'start end',
        'start, else end in Unix milliseconds; start in Unix seconds; end as RFC 3339 text',
      ],
      ['took', 'start end', 'milliseconds from start to end'],
      ['id', '', 'the deterministic id of the line'],
      ['raw', '', 'the line as it came'],
      ['size', '', 'how many bytes the line has'],
      ['at', '', 'the time of mapping, in Unix milliseconds'],
      ['community', 'pkt_srcaddr srcaddr dstaddr protocol', 'the Community ID of the flow'],
      ['event.all', '', 'every field under its own name'],
      ['unmapped', '', 'every field that nothing else carries, as text under its own name'],
    ])
  })

  test('says under which conditions', () => {
    expect(
      explained({
        verdict: choose('action', { ACCEPT: 1, REJECT: 2 }, text('action'), 0),
        some: when(is('action', 'ACCEPT', 'REJECT'), 1, 2),
        other: when(all(present('srcaddr'), any(differs('a', 'b'), not(present('end')))), 1),
        more: when(any(all(bits('tcp_flags', 18, 2), family(6, 'srcaddr')), hasTime('start')), 1),
        least: when(all(inNetwork('srcaddr', '10.0.0.0/8'), inSample(0.5)), 1),
        short: when(labelled('it is so', present('bytes')), number('packets')),
      }),
    ).toEqual([
      [
        'verdict',
        'action',
        'action is ACCEPT: 1; action is REJECT: 2; action is something else: action; action is absent: 0',
      ],
      ['some', 'action', 'action is ACCEPT or REJECT: 1; not (action is ACCEPT or REJECT): 2'],
      [
        'other',
        'srcaddr a b end',
        'srcaddr is present and (a differs from b or not (end is present)): 1',
      ],
      [
        'more',
        'tcp_flags srcaddr start',
        '(tcp_flags & 18 is 2 and srcaddr is IPv6) or start is a plausible time: 1',
      ],
      [
        'least',
        'srcaddr',
        'srcaddr is in 10.0.0.0/8 and the conversation is in a sample of 0.5: 1',
      ],
      ['short', 'packets', 'it is so: packets'],
    ])
  })

  test('leaves out what a format cannot give, and long lists of cases', () => {
    const cases = Object.fromEntries(Array.from({ length: 20 }, (_, each) => [each, `n${each}`]))
    const template = {
      list: distinct('value', [{ value: text('srcaddr') }, { value: text('dstaddr') }]),
      name: choose('protocol', cases),
    }
    expect(explained(template, 'srcaddr bytes')).toEqual([['list.value', 'srcaddr', 'srcaddr']])
    expect(explained(template).at(-1)?.[2]).toMatch(
      /^protocol is 0: "n0"; .*protocol is 11: "n11"; … 20 cases$/,
    )
  })
})
