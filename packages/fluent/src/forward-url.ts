/**
 * A forwarder's options from a URL:
 *
 *     forward://host:24224?tag=vpc.flow
 *     forward+tls://host:24224?tag=vpc.flow.${action}&ca=ca.pem&cert=client.pem&key=client.key
 *     forward+unix:///run/fluent.sock?tag=vpc.flow&mode=CompressedPackedForward
 *     forward+tls://user@host?tag=vpc.flow&receiver=fluentd&shared_key_file=key&password_file=password
 */
import { readFileSync } from 'node:fs'
import { configurationError } from '@flowlogs/core'
import type { ForwarderOptions, ForwardMode } from './options.ts'

const schemes = ['forward:', 'forward+tls:', 'forward+unix:']
const tlsFiles = ['ca', 'cert', 'key'] as const
const parameters = [
  'tag',
  'mode',
  'receiver',
  'servername',
  ...tlsFiles,
  'shared_key_file',
  'password_file',
]

/** Parses a URL, and reads the files that it names. Throws when it is no such URL. */
export function parseForwardUrl(text: string): ForwarderOptions {
  const url = URL.parse(text)
  if (!url || !schemes.includes(url.protocol)) {
    throw configurationError(
      'a forward URL begins with forward://, forward+tls:// or forward+unix://',
    )
  }
  if (url.password !== '') {
    throw configurationError(
      'a password does not belong into a URL, where everybody can see it: put it in a file and name it, password_file=PATH',
    )
  }
  const { searchParams } = url
  for (const name of searchParams.keys()) {
    if (!parameters.includes(name)) {
      throw configurationError(
        `"${name}" is no parameter of a forward URL; there are ${parameters.join(', ')}`,
      )
    }
    if (searchParams.getAll(name).length > 1) throw configurationError(`${name} is given twice`)
  }
  const get = (name: string): string | undefined => searchParams.get(name) ?? undefined
  const tag = get('tag')
  if (!tag) throw configurationError('a forward URL needs a tag: ?tag=vpc.flow')
  const mode = get('mode') as ForwardMode | undefined
  const receiver = get('receiver') as ForwarderOptions['receiver']
  return {
    ...placeOf(url),
    ...tlsOf(url, get),
    ...securityOf(url, get),
    ...(mode !== undefined && { mode }),
    ...(receiver !== undefined && { receiver }),
    tag,
  }
}

type Get = (name: string) => string | undefined

function placeOf({ protocol, hostname, port, pathname }: URL): Partial<ForwarderOptions> {
  if (protocol === 'forward+unix:') {
    if (hostname !== '' || pathname.length < 2) {
      throw configurationError(
        'forward+unix:// is followed by a path: forward+unix:///run/fluent.sock',
      )
    }
    return { path: decodeURIComponent(pathname) }
  }
  if (hostname === '' || !['', '/'].includes(pathname)) {
    throw configurationError('a forward URL has a host, and no path')
  }
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port !== '' && { port: Number(port) }),
  }
}

function tlsOf({ protocol }: URL, get: Get): Partial<ForwarderOptions> {
  if (protocol !== 'forward+tls:') {
    if ([...tlsFiles, 'servername'].every((name) => get(name) === undefined)) return {}
    throw configurationError('certificates go with forward+tls://')
  }
  const servername = get('servername')
  const files = tlsFiles.flatMap((name) => {
    const path = get(name)
    return path === undefined ? [] : [[name, read(path)] as const]
  })
  return { tls: { ...(servername !== undefined && { servername }), ...Object.fromEntries(files) } }
}

function securityOf({ username }: URL, get: Get): Partial<ForwarderOptions> {
  const sharedKeyFile = get('shared_key_file')
  const passwordFile = get('password_file')
  if (sharedKeyFile === undefined) {
    if (passwordFile === undefined && username === '') return {}
    throw configurationError('a user goes with a shared key: shared_key_file=PATH')
  }
  return {
    security: {
      sharedKey: read(sharedKeyFile).trim(),
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(passwordFile !== undefined && { password: read(passwordFile).trim() }),
    },
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw configurationError(`cannot read ${path}: ${(error as Error).message}`)
  }
}
