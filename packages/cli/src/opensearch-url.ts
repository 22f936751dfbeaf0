/** `opensearch+https://HOST[:PORT]/INDEX?…`: which server and index, and who asks. */
import type { OpenSearchAuthentication, OpenSearchConnectionOptions } from '@flowlogs/siem'
import { usageError } from './failure.ts'
import { readSecret, requireSecret } from './secret.ts'
import { readTls, type SinkUrl, tlsParameters } from './sink-url.ts'

/** The parameters of a connection. */
export const opensearchParameters: readonly string[] = ['sign', 'region', ...tlsParameters]

/** The connection that a URL and the environment describe, and the index. */
export function opensearchConnection(
  url: SinkUrl,
): OpenSearchConnectionOptions & { readonly index: string } {
  const [, server, index] = /^(https?:\/\/.+)\/([^/]+)\/?$/.exec(url.place) ?? []
  if (server === undefined || index === undefined || server.endsWith('/')) {
    throw usageError('OpenSearch is opensearch+https://HOST:PORT/INDEX')
  }
  const authentication = authenticationOf(url)
  return { url: server, index, ...(authentication && { authentication }), ...readTls(url) }
}

function authenticationOf({ get }: SinkUrl): OpenSearchAuthentication | undefined {
  const service = get('sign')
  const region = get('region')
  if (service === 'es' || service === 'aoss') {
    return { service, ...(region !== undefined && { region }) }
  }
  if (service !== undefined) throw usageError(`sign is es or aoss in --out, not ${service}`)
  const apiKey = readSecret('FLOWLOGS_OPENSEARCH_API_KEY')
  if (apiKey !== undefined) return { apiKey }
  const bearerToken = readSecret('FLOWLOGS_OPENSEARCH_BEARER_TOKEN')
  if (bearerToken !== undefined) return { bearerToken }
  const username = process.env.FLOWLOGS_OPENSEARCH_USERNAME
  if (!username) return undefined
  const password = requireSecret('FLOWLOGS_OPENSEARCH_PASSWORD', `the password of ${username}`)
  return { username, password }
}
