/** AWS Signature Version 4, by AWS's own signer. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { configurationError } from '@flowlogs/core'
import { SignatureV4 } from '@smithy/signature-v4'
import type { HttpRequest } from './exchange.ts'

/** What AWS knows a caller by. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** How to sign. */
export interface AwsSigning {
  /** `es` for a domain of Amazon OpenSearch Service, `aoss` for a serverless collection. */
  readonly service: 'es' | 'aoss'
  /** Default: `AWS_REGION`. */
  readonly region?: string
  /**
   * Called for each request, so that it can hand out fresh ones; `fromNodeProviderChain()` of
   * `@aws-sdk/credential-providers` is one. Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`
   * and `AWS_SESSION_TOKEN`, as Lambda sets them.
   */
  readonly credentials?: () => Promise<AwsCredentials>
}

/** The headers of a request to the host of a URL, with a signature among them. */
export type Signer = (request: HttpRequest) => Promise<Readonly<Record<string, string>>>

/** Builds the signer of requests to the host of a URL. */
export function createSigner(url: string, signing: AwsSigning): Signer {
  const { service, region = process.env.AWS_REGION, credentials = fromEnvironment } = signing
  if (!region) throw configurationError('signing needs a region: the option, or AWS_REGION')
  const { protocol, hostname, host } = new URL(url)
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })

  return async ({ method, path, headers, body }) => {
    const { pathname, searchParams } = new URL(path, url)
    const signed = await signer.sign({
      method,
      protocol,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      body,
    })
    return signed.headers
  }
}

async function fromEnvironment(): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw configurationError(
      'signing needs credentials: the option, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  }
}

type Data = string | ArrayBuffer | ArrayBufferView

/** What the signer hashes with: with a secret it is an HMAC. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  update(data: Data): void {
    this.#hash.update(toBytes(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

function toBytes(data: Data): string | NodeJS.ArrayBufferView {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : (data as string | Uint8Array)
}
