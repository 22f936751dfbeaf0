import { describe, expect, test } from 'vitest'
import {
  all,
  choose,
  distinct,
  duration,
  id,
  is,
  milliseconds,
  not,
  number,
  object,
  origin,
  present,
  rest,
  status,
  text,
  when,
} from './combinators.ts'
import { createMapping } from './mapping.ts'

describe('createMapping', () => {
  const mapping = createMapping({
    name: 'sample',
    keepOut: [{ column: 'nodata', condition: status('NODATA') }],
    requires: [{ code: 'no_time', fields: ['start'], condition: present('start') }],
    template: {
      uid: id,
      class: 'flow',
      time: milliseconds('start', origin('timestamp')),
      took: duration('start', 'end'),
      verdict: choose('action', { ACCEPT: 1 }, 99, 0),
      tags: ['vpc', text('region')],
      ends: distinct('ip', [{ ip: text('srcaddr') }]),
      odd: when(all(is('action', 'REJECT'), not(present('bytes'))), true, false),
      counts: object({ bytes: number('bytes') }, when(present('packets'), { any: true })),
      unmapped: rest,
    },
  })

  test('writes a template down in its one canonical form', () => {
    expect(mapping).toEqual({
      name: 'sample',
      keepOut: [
        {
          column: 'nodata',
          condition: { test: 'is', source: 'log_status', values: ['nodata'], ignoreCase: true },
        },
      ],
      requires: [
        { code: 'no_time', fields: ['start'], condition: { test: 'present', source: 'start' } },
      ],
      template: {
        op: 'object',
        parts: [
          { attribute: 'uid', node: { op: 'id' } },
          { attribute: 'class', node: { op: 'constant', value: 'flow' } },
          {
            attribute: 'time',
            node: { op: 'milliseconds', sources: ['start', { origin: 'timestamp' }] },
          },
          { attribute: 'took', node: { op: 'duration', from: 'start', to: 'end' } },
          {
            attribute: 'verdict',
            node: {
              op: 'choose',
              source: 'action',
              cases: { ACCEPT: { op: 'constant', value: 1 } },
              otherwise: { op: 'constant', value: 99 },
              absent: { op: 'constant', value: 0 },
            },
          },
          {
            attribute: 'tags',
            node: {
              op: 'list',
              items: [
                { op: 'constant', value: 'vpc' },
                { op: 'text', sources: ['region'] },
              ],
            },
          },
          {
            attribute: 'ends',
            node: {
              op: 'list',
              distinct: 'ip',
              items: [
                {
                  op: 'object',
                  parts: [{ attribute: 'ip', node: { op: 'text', sources: ['srcaddr'] } }],
                },
              ],
            },
          },
          {
            attribute: 'odd',
            node: {
              op: 'when',
              condition: {
                test: 'all',
                conditions: [
                  { test: 'is', source: 'action', values: ['REJECT'], ignoreCase: false },
                  { test: 'not', condition: { test: 'present', source: 'bytes' } },
                ],
              },
              node: { op: 'constant', value: true },
              otherwise: { op: 'constant', value: false },
            },
          },
          {
            attribute: 'counts',
            node: {
              op: 'object',
              parts: [
                { attribute: 'bytes', node: { op: 'number', sources: ['bytes'] } },
                {
                  merge: {
                    op: 'when',
                    condition: { test: 'present', source: 'packets' },
                    node: {
                      op: 'object',
                      parts: [{ attribute: 'any', node: { op: 'constant', value: true } }],
                    },
                  },
                },
              ],
            },
          },
          { attribute: 'unmapped', node: { op: 'rest' } },
        ],
      },
    })
  })

  test('makes plain JSON', () => {
    expect(JSON.parse(JSON.stringify(mapping))).toEqual(mapping)
  })

  test('asks nothing of a line unless told to', () => {
    expect(createMapping({ name: 'bare', template: { uid: id } })).toEqual({
      name: 'bare',
      keepOut: [],
      requires: [],
      template: { op: 'object', parts: [{ attribute: 'uid', node: { op: 'id' } }] },
    })
  })
})
