import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseForwardUrl } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'forward-url-'))
const file = (name: string): string => join(folder, name)

beforeAll(() => {
  for (const name of ['ca', 'cert', 'key', 'secret', 'password']) {
    writeFileSync(file(name), `the ${name}\n`)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a host and a tag', () => {
  expect(parseForwardUrl('forward://logs.example:24225?tag=vpc.flow')).toEqual({
    host: 'logs.example',
    port: 24225,
    tag: 'vpc.flow',
  })
})

test('a tag made of fields, and the default port', () => {
  expect(parseForwardUrl('forward://[::1]/?tag=vpc.${account_id}.${action}&mode=Forward')).toEqual({
    host: '::1',
    tag: 'vpc.${account_id}.${action}',
    mode: 'Forward',
  })
})

test('a unix socket', () => {
  expect(parseForwardUrl('forward+unix:///run/fluent%20bit.sock?tag=a')).toEqual({
    path: '/run/fluent bit.sock',
    tag: 'a',
  })
})

test('TLS, with and without certificates', () => {
  expect(parseForwardUrl('forward+tls://a?tag=b')).toEqual({ host: 'a', tls: {}, tag: 'b' })
  expect(
    parseForwardUrl(
      `forward+tls://a?tag=b&servername=c&ca=${file('ca')}&cert=${file('cert')}&key=${file('key')}`,
    ),
  ).toEqual({
    host: 'a',
    tag: 'b',
    tls: { servername: 'c', ca: 'the ca\n', cert: 'the cert\n', key: 'the key\n' },
  })
})

test('secrets come from files', () => {
  expect(
    parseForwardUrl(
      `forward+tls://flow@a?tag=b&receiver=fluentd&shared_key_file=${file('secret')}&password_file=${file('password')}`,
    ),
  ).toEqual({
    host: 'a',
    tag: 'b',
    tls: {},
    receiver: 'fluentd',
    security: { sharedKey: 'the secret', username: 'flow', password: 'the password' },
  })
})

test.each([
  ['http://a?tag=b', 'begins with forward://'],
  ['forward', 'begins with forward://'],
  ['forward://a', 'needs a tag'],
  ['forward://?tag=b', 'has a host'],
  ['forward://a/b?tag=c', 'and no path'],
  ['forward+unix://a/b?tag=c', 'is followed by a path'],
  ['forward://a?tag=b&tag=c', 'tag is given twice'],
  ['forward://a?tag=b&tags=c', '"tags" is no parameter'],
  ['forward://a?tag=b&ca=c', 'certificates go with forward+tls://'],
  ['forward://user@a?tag=b', 'a user goes with a shared key'],
  ['forward+tls://a?tag=b&ca=/nowhere/ca.pem', 'cannot read /nowhere/ca.pem'],
])('no forward URL: %s', (url, message) => {
  expect(() => parseForwardUrl(url)).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message: expect.stringContaining(message),
    }),
  )
})

test('a password in the URL is refused, and not repeated', () => {
  expect(() => parseForwardUrl('forward://flow:S3CRET@a?tag=b')).toThrow(/password_file=PATH$/)
  expect(() => parseForwardUrl('forward://flow:S3CRET@a?tag=b')).not.toThrow(/S3CRET/)
})
