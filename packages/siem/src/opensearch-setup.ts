/** Prepares OpenSearch or Elasticsearch for OCSF events. */
import { configurationError } from '@flowlogs/core'
import { deliveryError } from './delivery-error.ts'
import { type HttpAnswer, type HttpRequest, toAgain } from './exchange.ts'
import {
  createOpenSearchConnection,
  type OpenSearchConnectionOptions,
} from './opensearch-connection.ts'
import { checkIndexName } from './opensearch-index-name.ts'
import { type SearchFlavour, toIndexTemplate } from './opensearch-template.ts'
import { createRetry, type RetryOptions } from './retry.ts'

/** Which server, and what it is to be prepared for. */
export interface OpenSearchSetupOptions extends OpenSearchConnectionOptions {
  /** The name of the index or data stream that events will go to. */
  readonly index: string
  /** Whether that is a data stream. Default false. */
  readonly dataStream?: boolean
  /** Default: what the server says it is; a collection of OpenSearch Serverless does not say. */
  readonly flavour?: SearchFlavour
  /** Whether to change nothing, only to return what would be sent. Default false. */
  readonly dryRun?: boolean
  readonly retry?: RetryOptions
}

/** What was sent, or would have been. */
export interface OpenSearchSetup {
  readonly flavour: SearchFlavour
  readonly requests: readonly SetupRequest[]
}

/** One change. */
export interface SetupRequest {
  readonly method: 'PUT'
  readonly path: string
  /** To be sent as JSON. */
  readonly body: object
}

/**
 * Installs the index template; again does no harm. Rejects with a delivery error when the server
 * does not take it. An index that exists keeps the mappings it has.
 */
export async function installOpenSearch(options: OpenSearchSetupOptions): Promise<OpenSearchSetup> {
  const { index, dataStream = false, dryRun = false } = options
  checkIndexName(index)
  const connection = createOpenSearchConnection(options)
  const retry = createRetry(options.retry ?? { deadline: 30_000 })

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await retry(async (signal) => {
      const reply = await connection.send(request, signal)
      return toAgain(reply) ?? { done: reply as HttpAnswer }
    })
    const { status, body } = answer
    if (status === 401 || status === 403) {
      throw deliveryError('unauthorized', `the server answered with status ${status}`)
    }
    if (status < 200 || status > 299) {
      throw deliveryError(
        'refused',
        `the server answered with status ${status}: ${body.slice(0, 1_000)}`,
      )
    }
    return answer
  }

  try {
    const flavour = flavourOf(options) ?? parseFlavour(await send({ method: 'GET', path: '/' }))
    const request: SetupRequest = {
      method: 'PUT',
      path: `/_index_template/flowlogs-${index}`,
      body: toIndexTemplate({ index, flavour, dataStream }),
    }
    const headers = { 'content-type': 'application/json' }
    if (!dryRun) await send({ ...request, headers, body: JSON.stringify(request.body) })
    return { flavour, requests: [request] }
  } finally {
    await connection.close()
  }
}

function flavourOf({ flavour, authentication }: OpenSearchSetupOptions): SearchFlavour | undefined {
  if (flavour) return flavour
  const isServerless =
    authentication && 'service' in authentication && authentication.service === 'aoss'
  return isServerless ? 'opensearch' : undefined
}

/** Domains of AWS may call themselves version 7.10, so the version says nothing. */
function parseFlavour({ body }: HttpAnswer): SearchFlavour {
  try {
    const { tagline } = JSON.parse(body)
    if (/opensearch/i.test(tagline)) return 'opensearch'
    if (tagline === 'You Know, for Search') return 'elasticsearch'
  } catch {}
  throw configurationError(
    'the server is neither OpenSearch nor Elasticsearch; `flavour` says which',
  )
}
