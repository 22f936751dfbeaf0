import { expect, test } from 'vitest'
import { echo, sendRaw, start } from './server.test-support.ts'

test('one line per request; headers at debug only, without secrets; nothing forges a line', async () => {
  const { port, url, lines, logged } = await start({ level: 'debug', routes: { '/in': echo } })
  const secrets = {
    authorization: 'Bearer hunter2',
    cookie: 'session=hunter2',
    'x-amz-firehose-access-key': 'hunter2',
    'proxy-authorization': 'hunter2',
    'x-api-key': 'hunter2',
  }
  await fetch(`${url}/in?token=hunter2`, {
    method: 'POST',
    body: 'hunter2',
    headers: { ...secrets, 'x-amz-firehose-request-id': 'r-1', 'user-agent': 'test' },
  })
  await sendRaw(
    port,
    'GET /%0a%1b[31m{"level":30} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
      'X-Request-Id: a\x9b2J\tb\r\n\r\n',
  )
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  expect(lines.join('')).not.toContain('hunter2')
  const [first, second] = logged()
  expect(first).toMatchObject({ path: '/in', status: 200, requestId: 'r-1', msg: 'request' })
  const headers = first?.headers as { [name: string]: string }
  expect(headers['user-agent']).toBe('test')
  for (const name of Object.keys(secrets))
    expect([name, headers[name]]).toEqual([name, '[redacted]'])
  expect(second).toMatchObject({ status: 404, requestId: 'a\ufffd2J\ufffdb' })
  expect(second?.path).toMatch(/^\/%0a%1b/)
  expect(lines.length).toBe(2)
})

test('headers are not logged at the usual level', async () => {
  const { url, logged } = await start({ routes: { '/in': echo } })
  await fetch(`${url}/in`, { method: 'POST', body: 'x' })
  expect(logged()).toEqual([
    {
      level: 30,
      method: 'POST',
      path: '/in',
      status: 200,
      remoteAddress: '127.0.0.1',
      msg: 'request',
    },
  ])
})
