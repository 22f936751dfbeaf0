/** `SCHEME:PLACE?NAME=VALUE`: a URL of --out, taken apart. */
import { readFileSync } from 'node:fs'
import { usageError } from './failure.ts'

/** What a URL says. */
export interface SinkUrl {
  /** The URL without what stands behind `?`, and without the part of the scheme before `+`. */
  readonly place: string
  /** The value of a parameter. */
  get(name: string): string | undefined
  /** Whether a parameter is `true`. */
  is(name: string): boolean
  /** A positive integer. */
  number(name: string): number | undefined
}

/** Takes a URL apart; throws when it has other parameters, or one twice, or credentials. */
export function readSinkUrl(text: string, names: readonly string[]): SinkUrl {
  const question = text.indexOf('?')
  const place = question === -1 ? text : text.slice(0, question)
  const parameters = new URLSearchParams(question === -1 ? '' : text.slice(question + 1))
  if (/^[a-z+]+:\/\/[^/]*@/i.test(place)) {
    throw usageError('credentials do not belong into --out: they come from the environment')
  }
  for (const name of parameters.keys()) {
    if (!names.includes(name)) {
      throw usageError(`"${name}" is no parameter of ${place}; there are ${names.join(', ')}`)
    }
    if (parameters.getAll(name).length > 1) throw usageError(`${name} is given twice in --out`)
  }
  const get = (name: string): string | undefined => parameters.get(name) ?? undefined
  return {
    place: place.replace(/^[a-z-]+\+(?=https?:)/, ''),
    get,
    is(name) {
      const value = get(name)
      if (value === undefined || value === 'true' || value === 'false') return value === 'true'
      throw usageError(`${name} is true or false in --out, not ${value}`)
    },
    number(name) {
      const value = get(name)
      if (value === undefined) return undefined
      if (/^[1-9]\d*$/.test(value)) return Number(value)
      throw usageError(`${name} is a positive integer in --out, not ${value}`)
    },
  }
}

/** TLS options from the parameters `ca`, `cert` and `key`, which name files. */
export function readTls({ get }: SinkUrl): { readonly http?: { readonly tls: TlsFiles } } {
  const tls: TlsFiles = { ...file('ca'), ...file('cert'), ...file('key') }
  return Object.keys(tls).length > 0 ? { http: { tls } } : {}

  function file(name: 'ca' | 'cert' | 'key'): TlsFiles {
    const path = get(name)
    if (path === undefined) return {}
    try {
      return { [name]: readFileSync(path) }
    } catch (error) {
      throw usageError(`cannot read ${name} of --out: ${(error as Error).message}`)
    }
  }
}

/** What a TLS connection needs, in PEM. */
interface TlsFiles {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** The parameters that `readTls` reads. */
export const tlsParameters: readonly string[] = ['ca', 'cert', 'key']
