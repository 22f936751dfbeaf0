/** CloudWatch Logs payloads: the kernel gives what the general path gives, and takes what it is made for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openPlainPayload } from './cloudwatch-payload.ts'
import { createCollector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import {
  line,
  loadWithoutWebAssembly,
  oddLine,
  plainLine,
  transform,
} from './envelope-kernel.test-support.ts'
import { unwrap, unwrapInto } from './unwrap.ts'

const general = await loadWithoutWebAssembly()

describe('CloudWatch Logs payloads', () => {
  const head =
    '{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/vpc/é","logStream":"eni-1-all","subscriptionFilters":["a"],"logEvents":['
  const eventOf = (message: string, id = '3195310660696698', timestamp = '1720724137000') =>
    `{"id":"${id}","timestamp":${timestamp},"message":${JSON.stringify(message)}}`
  const plain = fc
    .tuple(plainLine, fc.stringMatching(/^[0-9]{0,60}$/), fc.integer({ min: 1, max: 2e12 }))
    .map(([message, id, timestamp]) => eventOf(message, id, String(timestamp)))
  const odd = fc.oneof(
    oddLine.map((message) => eventOf(message)),
    fc
      .constantFrom(
        '0',
        '-1',
        '1e3',
        '01',
        '1.5',
        '"1"',
        'null',
        '1234567890123456789',
        '9999999999999999',
      )
      .map((time) => eventOf(line, '1', time)),
    fc.constantFrom('\\u0031', 'é', '\\"').map((id) => eventOf(line, id)),
    plainLine.map((message) => `{"id":"1","message":"${message}","timestamp":1}`),
    plainLine.map(
      (message) => `${eventOf(message).slice(0, -1)},"extractedFields":{"@aws.region":"r"}}`,
    ),
    plainLine.map((message) => ` ${eventOf(message)}`),
    fc.constantFrom('{}', 'null', '"', '', eventOf(line).slice(0, -1)),
  )
  const end = fc.constantFrom(
    ']}',
    ']}\n',
    ']',
    ']}}',
    ']}x',
    '],"owner":"1"}',
    '],"logEvents":[]}',
    '',
    ']} ',
    `]}\n${head}]}`,
  )
  const beginning = fc.constantFrom(
    head,
    head.replace('DATA', 'CONTROL'),
    head.replace('"logEvents":[', '"logEvents" : ['),
    head.replace('"owner"', '"logEvents":[{}],"owner"'),
    head.replace('"all"', '"\\"logEvents\\":["'),
    head.replace('"owner":"123456789012"', '"owner":{"logEvents":[1]}'),
    '{"logEvents":[',
    `\uFEFF${head}`,
    ` ${head}`,
  )

  test('payloads as AWS writes them are taken', () => {
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 40 }), (events) => {
        const content = Buffer.from(`${head}${events.join(',')}]}`)
        const into = createCollector()
        const input = { origin: { bucket: 'b' }, isRecord: true, lines: 0 }
        expect(openPlainPayload(content, { input, into })).toBe(true)
        expect(account(into.take())).toStrictEqual(
          account(general.unwrap(content, { origin: { bucket: 'b' } })),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('any payload gives the same without the kernel', () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 3, arbitrary: fc.constant(head) }, { weight: 1, arbitrary: beginning }),
        fc.array(fc.oneof({ weight: 12, arbitrary: plain }, { weight: 1, arbitrary: odd }), {
          maxLength: 30,
        }),
        fc.oneof({ weight: 3, arbitrary: fc.constant(']}') }, { weight: 1, arbitrary: end }),
        (start, events, rest) => {
          const content = Buffer.from(`${start}${events.join(',')}${rest}`)
          expect(account(unwrap(content))).toStrictEqual(account(general.unwrap(content)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('damaged bytes give the same without the kernel', () => {
    const whole = Buffer.from(`${head}${[line, line].map((each) => eventOf(each)).join(',')}]}`)
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), (at, byte, length) => {
        const content = Buffer.from(whole.subarray(0, whole.length - (length % 7)))
        content[at % content.length] = byte
        expect(account(unwrap(content))).toStrictEqual(account(general.unwrap(content)))
      }),
      { numRuns: 3000 },
    )
  })

  test('a payload larger than a window', () => {
    const events = Array.from({ length: 5000 }, (_, index) => eventOf(line, `${index}`))
    const content = Buffer.from(`${head}${events.join(',')}]}`)
    const into = createCollector()
    expect(content.length).toBeGreaterThan(4 * (into.kernel()?.windowSize ?? Infinity))
    const input = { origin: {}, isRecord: true, lines: 0 }
    expect(openPlainPayload(content, { input, into })).toBe(true)
    expect(account(into.take())).toStrictEqual(account(general.unwrap(content)))
  })

  test('payloads that become larger and larger', () => {
    for (let count = 100; count < 30_000; count += 1100) {
      const events = Array.from({ length: count }, (_, index) => eventOf(line, `${index}`))
      const delivery = unwrap(Buffer.from(`${head}${events.join(',')}]}`))
      const lines = delivery.sections.map((section) => Buffer.from(section.lines).toString())
      expect(lines).toStrictEqual([`${line}\n`.repeat(count)])
    }
  })

  test('many payloads, of which some are no payloads towards their end', () => {
    const [into, expected] = [createCollector(), createCollector()]
    for (let index = 0; index < 40; index++) {
      const events = Array.from({ length: 500 }, (_, at) => eventOf(`${line} ${index}`, `${at}`))
      const end = index % 3 === 0 ? ']' : ']}'
      const content = Buffer.from(`${head}${events.join(',')}${end}`)
      const origin = { requestId: `${index}` }
      unwrapInto(into, content, origin, content.length)
      general.unwrapInto(expected, content, origin, content.length)
    }
    expect(account(into.take())).toStrictEqual(account(expected.take()))
  })

  test('what was unwrapped stays as it is', () => {
    const deliveries = Array.from({ length: 10 }, (_, index) =>
      unwrap(Buffer.from(`${head}${eventOf(`${line} ${index}`)}]}`)),
    )
    const lines = deliveries.map(({ sections: [section] }) => Buffer.from(section?.lines ?? []))
    expect(lines.map(String)).toStrictEqual(deliveries.map((_, index) => `${line} ${index}\n`))
  })

  function account(delivery: ReturnType<typeof unwrap>) {
    const { output, ...rest } = transformDelivery(transform, delivery)
    const origins = delivery.sections.map(({ lines, originAt, records }) => ({
      lines: Buffer.from(lines).toString(),
      origins: Buffer.from(lines)
        .toString()
        .trimEnd()
        .split('\n')
        .map((_, index) => originAt(index)),
      records,
    }))
    return { output: Buffer.from(output).toString(), ...rest, origins, control: delivery.control }
  }
})
