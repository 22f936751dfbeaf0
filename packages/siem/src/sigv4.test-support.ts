/** AWS Signature Version 4 computed anew from what was received, to hold signatures against. */
import { createHash, createHmac } from 'node:crypto'
import type { ReceivedRequest } from './http-receiver.test-support.ts'
import type { AwsCredentials } from './sigv4.ts'

/** What is wrong with the signature of a request; undefined when it is right. */
export function findSignatureMistake(
  { method, path, headers, body }: ReceivedRequest,
  expected: AwsCredentials & { readonly region: string; readonly service: string },
): string | undefined {
  const value = (name: string) => String(headers[name] ?? '')
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
  const match = pattern.exec(value('authorization'))
  if (!match) return `authorization: ${value('authorization')}`
  const [, key, day, region, service, names, signature] = match as unknown as string[]
  const date = value('x-amz-date')
  const scope = [day, region, service, 'aws4_request'].join('/')
  const wanted = [expected.accessKeyId, expected.region, expected.service].join()
  if ([key, region, service].join() !== wanted) return `credential: ${key}/${scope}`
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(day!)) return `date: ${date}`
  if (Math.abs(Date.now() - toTime(date)) > 300_000) return `date: ${date}`
  if (value('x-amz-security-token') !== (expected.sessionToken ?? '')) return 'token'
  const hash = sha256(body)
  if (value('x-amz-content-sha256') !== hash) return 'hash of the body'

  const signed = names!.split(';')
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  const missing = must.filter((name) => !signed.includes(name))
  if (missing.length > 0) return `not signed: ${missing}`
  const [pathname = '', query = ''] = path.split('?')
  const canonical = [
    method,
    pathname.split('/').map(encode).join('/'),
    canonicalQuery(query),
    ...signed.map((name) => `${name}:${value(name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    hash,
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const derived = [day!, region!, service!, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${expected.secretAccessKey}`,
  )
  return hmac(derived, text).toString('hex') === signature ? undefined : 'signature'
}

function toTime(date: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=').map((part) => encode(decodeURIComponent(part))))
    .map(([name, value = '']) => `${name}=${value}`)
    .sort()
    .join('&')
}

/** Everything but A-Z a-z 0-9 - _ . ~ is escaped. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(secret: string | Buffer, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}
