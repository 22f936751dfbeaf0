import { bulkEnvelope, createTransform, recordMapping } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { createForwarder, type ForwarderOptions } from './index.ts'

const valid = { tag: 'vpc.flow' }

test.each<[string, Partial<ForwarderOptions>, string | RegExp]>([
  ['no tag', { tag: '' }, '"" is no tag'],
  ['a tag with blanks', { tag: 'vpc flow' }, '"vpc flow" is no tag'],
  ['a field without an end', { tag: 'vpc.${action' }, 'is no tag'],
  ['a field without a name', { tag: 'vpc.${}' }, 'is no tag'],
  ['a port', { port: 70_000 }, 'port must be 1 to 65535, not 70000'],
  ['a socket and a host', { path: '/run/a', host: 'b' }, 'has no host, port or TLS'],
  ['a socket and TLS', { path: '/run/a', tls: true }, 'has no host, port or TLS'],
  ['a mode', { mode: 'Message' as 'Forward' }, 'mode must be one of PackedForward,'],
  ['a receiver', { receiver: 'rsyslog' as 'fluentd' }, 'receiver must be fluent-bit or fluentd'],
  [
    'a shared key for Fluent Bit',
    { security: { sharedKey: 'abc' } },
    /needs receiver: 'fluentd'.*as text/,
  ],
  ['no shared key', { receiver: 'fluentd', security: { sharedKey: '' } }, 'needs a sharedKey'],
  ['no time for acknowledgements', { ackTimeout: 0 }, 'ackTimeout must be a positive integer'],
  [
    'part of a packet',
    { maxPacketBytes: 0.5 },
    'maxPacketBytes must be a positive integer, not 0.5',
  ],
  ['an envelope', { mapping: bulkEnvelope(recordMapping) }, 'is an envelope of its own'],
  ['a format', { format: '' }, 'format'],
])('wrong options throw: %s', (_, options, message) => {
  expect(() => createForwarder({ ...valid, ...options })).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message:
        message instanceof RegExp
          ? expect.stringMatching(message)
          : expect.stringContaining(message),
    }),
  )
})

test('no message repeats a secret', () => {
  const security = { sharedKey: 'S3CRET', username: 'u', password: 'P4SS' }
  expect(() => createForwarder({ ...valid, security })).toThrow(/^(?!.*(S3CRET|P4SS))/)
})

test('transform writes what createTransform writes, as long as the tag needs no field', () => {
  const line = '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1763700000 1763700060 ACCEPT OK'
  expect(createForwarder(valid).transform(line)).toEqual(
    createTransform({ mapping: recordMapping, index: true })(line),
  )
})
