import { expect, test } from 'vitest'
import { echo, start } from './server.test-support.ts'
import { createServer } from './server.ts'

test('a missing or wrong credential is refused, route by route', async () => {
  const auth = {
    bearer: ['new-token', 'old-token'],
    basic: [{ username: 'vector', password: 'pä:ss' }],
  }
  let calls = 0
  const handler = async () => {
    calls++
    return new Response('in')
  }
  const { url } = await start({
    auth,
    metrics: async () => 'up 1\n',
    routes: {
      '/closed': handler,
      '/own': { handler, auth: { bearer: ['own-token'] } },
      '/open': { handler, auth: 'none' },
    },
  })
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  const statusOf = async (path: string, authorization?: string) =>
    (await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } }))
      .status

  const accepted = ['Bearer new-token', 'bearer  old-token', basic('vector:pä:ss')]
  for (const header of accepted)
    expect([header, await statusOf('/closed', header)]).toEqual([header, 200])
  expect(calls).toBe(3)
  const refused = [
    undefined,
    '',
    'new-token',
    'Bearer',
    'Bearer new-toke',
    'Bearer new-token2',
    'Bearer new-token x',
    'Basic new-token',
    'Digest new-token',
    'Bearer vector:pä:ss'.replace('ä', 'a'),
    basic('vector:pä:s'),
    basic('vector'),
    basic(':'),
    'Basic !',
    'Bearer own-token',
  ]
  for (const header of refused)
    expect([header, await statusOf('/closed', header)]).toEqual([header, 401])
  expect(calls).toBe(3)
  expect(await statusOf('/own', 'Bearer own-token')).toBe(200)
  expect(await statusOf('/own', 'Bearer new-token')).toBe(401)
  expect(await statusOf('/open')).toBe(200)
  expect(await statusOf('/metrics')).toBe(401)
  expect(await statusOf('/metrics', 'Bearer new-token')).toBe(200)

  const response = await fetch(`${url}/closed`)
  expect(response.headers.get('www-authenticate')).toBe(
    'Bearer realm="flowlogs", Basic realm="flowlogs", charset="UTF-8"',
  )
  expect(await response.text()).toBe('{"error":"unauthorized"}\n')
})

test('credentials that nobody could present are a wrong configuration', () => {
  const create = (auth: object) => () => createServer({ routes: { '/': echo }, auth })
  expect(create({})).toThrow('auth needs at least one bearer token or one user')
  expect(create({ bearer: [''] })).toThrow('a bearer token is letters, digits')
  expect(create({ bearer: ['a b'] })).toThrow('a bearer token is letters, digits')
  expect(create({ basic: [{ username: 'a:b', password: 'c' }] })).toThrow('has a colon')
  expect(create({ basic: [{ username: 'a', password: '' }] })).toThrow(
    'needs a name and a password',
  )
})
