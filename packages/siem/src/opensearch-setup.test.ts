import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.test-support.ts'
import { installOpenSearch } from './opensearch-setup.ts'
import { toIndexTemplate } from './opensearch-template.ts'

let receiver: HttpReceiver

beforeEach(async () => {
  receiver = await createHttpReceiver({ always: { body: { acknowledged: true } } })
})

afterEach(() => receiver.close())

const taglines = {
  opensearch: 'The OpenSearch Project: https://opensearch.org/',
  elasticsearch: 'You Know, for Search',
} as const

describe.each(['opensearch', 'elasticsearch'] as const)('%s', (flavour) => {
  test('is asked what it is, and gets its template', async () => {
    receiver.next({ body: { version: { number: '7.10.2' }, tagline: taglines[flavour] } })
    const body = toIndexTemplate({ index: 'ocsf', flavour, dataStream: true })
    expect(
      await installOpenSearch({
        url: `${receiver.url}/search`,
        index: 'ocsf',
        dataStream: true,
        authentication: { apiKey: 'a2V5' },
      }),
    ).toStrictEqual({
      flavour,
      requests: [{ method: 'PUT', path: '/_index_template/flowlogs-ocsf', body }],
    })
    const authorization = 'ApiKey a2V5'
    expect(receiver.requests).toMatchObject([
      { method: 'GET', path: '/search/', headers: { authorization } },
      {
        method: 'PUT',
        path: '/search/_index_template/flowlogs-ocsf',
        headers: { authorization, 'content-type': 'application/json' },
        text: JSON.stringify(body),
      },
    ])
  })

  test('is not touched by a dry run', async () => {
    const options = { url: receiver.url, index: 'ocsf', flavour }
    const dry = await installOpenSearch({ ...options, dryRun: true })
    expect(receiver.requests).toStrictEqual([])
    expect(await installOpenSearch(options)).toStrictEqual(dry)
    expect(receiver.requests).toMatchObject([{ method: 'PUT' }])
  })
})

test('a serverless collection is not asked, since it would not say', async () => {
  const credentials = async () => ({ accessKeyId: 'id', secretAccessKey: 'secret' })
  const { flavour } = await installOpenSearch({
    url: receiver.url,
    index: 'ocsf',
    authentication: { service: 'aoss', region: 'us-east-1', credentials },
  })
  expect(flavour).toBe('opensearch')
  expect(receiver.requests).toMatchObject([{ method: 'PUT' }])
})

test('a server that is busy is asked again', async () => {
  receiver.next({ status: 503 }, 'reset', 'reset')
  const retry = { initialDelay: 1 }
  await installOpenSearch({ url: receiver.url, index: 'ocsf', flavour: 'opensearch', retry })
  expect(receiver.requests.at(-1)).toMatchObject({ method: 'PUT' })
})

test.each([
  [{ status: 401 }, { code: 'unauthorized', message: 'the server answered with status 401' }],
  [{ status: 403 }, { code: 'unauthorized' }],
  [
    { status: 400, body: { error: { type: 'mapper_parsing_exception' } } },
    { code: 'refused', message: expect.stringContaining('mapper_parsing_exception') },
  ],
  [{ body: { tagline: 'Another' } }, { message: expect.stringContaining('`flavour` says which') }],
  [{ body: 'null' }, { message: expect.stringContaining('`flavour` says which') }],
])('the answer %j is an error', async (answer, error) => {
  receiver.always(answer)
  await expect(installOpenSearch({ url: receiver.url, index: 'ocsf' })).rejects.toMatchObject(error)
})

test('an index is for all names that begin with it, a data stream for its own', () => {
  const flavour = 'opensearch'
  expect(toIndexTemplate({ index: 'ocsf', flavour, dataStream: false })).toMatchObject({
    index_patterns: ['ocsf', 'ocsf-*'],
  })
  expect(toIndexTemplate({ index: 'ocsf', flavour, dataStream: false })).not.toHaveProperty(
    'data_stream',
  )
  expect(toIndexTemplate({ index: 'ocsf', flavour, dataStream: true })).toMatchObject({
    index_patterns: ['ocsf'],
    data_stream: { timestamp_field: { name: 'time' } },
  })
  expect(
    toIndexTemplate({ index: 'ocsf', flavour: 'elasticsearch', dataStream: true }),
  ).toMatchObject({
    data_stream: {},
    template: { mappings: { properties: { unmapped: { type: 'flattened' } } } },
  })
})
