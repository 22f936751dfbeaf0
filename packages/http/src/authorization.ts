/** Who may call a route: bearer tokens and user names with passwords. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { configurationError } from '@flowlogs/core'

/** What is accepted in the `Authorization` header; several while one is being replaced. */
export interface Auth {
  readonly bearer?: readonly string[]
  readonly basic?: readonly { readonly username: string; readonly password: string }[]
}

/** Checks one kind of credentials and says how to ask for them. */
export interface Authorization {
  isAuthorized(header: string | null): boolean
  /** For the `WWW-Authenticate` header. */
  readonly challenge: string
}

/** Builds the check of the `Authorization` header; its time tells nothing about the secrets. */
export function createAuthorization({ bearer = [], basic = [] }: Auth): Authorization {
  if (bearer.length + basic.length === 0) {
    throw configurationError('auth needs at least one bearer token or one user')
  }
  const accepted = { bearer: bearer.map(tokenDigest), basic: basic.map(userDigest) }
  const challenges = [
    ...(bearer.length > 0 ? ['Bearer realm="flowlogs"'] : []),
    ...(basic.length > 0 ? ['Basic realm="flowlogs", charset="UTF-8"'] : []),
  ]
  return {
    isAuthorized(header) {
      const [, scheme = '', credentials = ''] = /^(bearer|basic) +(\S+)$/i.exec(header ?? '') ?? []
      const isBasic = scheme.toLowerCase() === 'basic'
      const candidate = digest(Buffer.from(credentials, isBasic ? 'base64' : 'latin1'))
      const matches = accepted[isBasic ? 'basic' : 'bearer'].filter((known) =>
        timingSafeEqual(known, candidate),
      )
      return scheme !== '' && matches.length > 0
    },
    challenge: challenges.join(', '),
  }
}

function tokenDigest(token: string): Uint8Array {
  // https://datatracker.ietf.org/doc/html/rfc6750#section-2.1
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return digest(Buffer.from(token, 'latin1'))
  throw configurationError('a bearer token is letters, digits and -._~+/, and not empty')
}

function userDigest(user: { username: string; password: string }): Uint8Array {
  const { username, password } = user
  if (username === '' || password === '') {
    throw configurationError('a user of basic auth needs a name and a password')
  }
  if (username.includes(':')) {
    throw configurationError(`the user name "${username}" has a colon, which basic auth forbids`)
  }
  return digest(Buffer.from(`${username}:${password}`, 'utf8'))
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
