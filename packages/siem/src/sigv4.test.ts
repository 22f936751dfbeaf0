import { afterEach, expect, test, vi } from 'vitest'
import { findSignatureMistake } from './sigv4.test-support.ts'
import { type AwsCredentials, createSigner } from './sigv4.ts'

afterEach(() => vi.unstubAllEnvs())

const keys: AwsCredentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }

/** Signs, and judges what the server of a domain would get. */
async function mistakeIn(sign: ReturnType<typeof createSigner>, credentials: AwsCredentials) {
  const request = { method: 'GET', path: "/a/b%20c/_x?q=1%2C2&e=&a='", body: 'é' } as const
  const headers = await sign({ ...request, headers: { 'content-type': 'text/plain' } })
  const received = { ...request, headers, body: Buffer.from(request.body), text: request.body }
  const expected = { ...credentials, region: 'us-west-2', service: 'es' }
  return findSignatureMistake(received, expected)
}

test('a signature is what it has to be, with the headers that AWS asks for', async () => {
  const sign = createSigner('https://search.example.com:9200/some/path', {
    service: 'es',
    region: 'us-west-2',
    credentials: async () => keys,
  })
  expect(await mistakeIn(sign, keys)).toBeUndefined()
  expect(await sign({ method: 'GET', path: '/' })).toStrictEqual({
    host: 'search.example.com:9200',
    'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//),
  })
})

test('credentials are asked for each time, so that they can be renewed', async () => {
  let current: AwsCredentials = keys
  const sign = createSigner('https://host', {
    service: 'es',
    region: 'us-west-2',
    credentials: async () => current,
  })
  expect(await mistakeIn(sign, keys)).toBeUndefined()
  current = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'other', sessionToken: 'token' }
  expect(await mistakeIn(sign, current)).toBeUndefined()
})

test('region and credentials come from the environment otherwise', async () => {
  vi.stubEnv('AWS_REGION', 'us-west-2')
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey)
  vi.stubEnv('AWS_SESSION_TOKEN', 'token')
  const sign = createSigner('https://host', { service: 'es' })
  expect(await mistakeIn(sign, { ...keys, sessionToken: 'token' })).toBeUndefined()
  vi.stubEnv('AWS_SESSION_TOKEN', '')
  expect(await mistakeIn(sign, keys)).toBeUndefined()
  vi.stubEnv('AWS_ACCESS_KEY_ID', '')
  await expect(sign({ method: 'GET', path: '/' })).rejects.toThrow('signing needs credentials')
  vi.stubEnv('AWS_REGION', '')
  expect(() => createSigner('https://host', { service: 'es' })).toThrow('signing needs a region')
})
