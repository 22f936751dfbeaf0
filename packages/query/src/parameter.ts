/** Parameters of queries: text as it is typed, checked, and made a part of SQL. */
import {
  configurationError,
  fieldKey,
  fields,
  inNetwork,
  isAddress,
  protocolKeywords,
} from '@flowlogs/core'
import { quoted } from './quoted.ts'

/** One parameter; `parse` throws on text that is none. */
export interface Parameter<Value = unknown> {
  readonly about: string
  /** What stands for the value in a help text. */
  readonly placeholder: string
  /** As it would be typed; without one, the value may be absent. */
  readonly fallback?: string
  /** The value is the content of a file whose name is typed. */
  readonly isFile?: true
  parse(text: string): Value
}

/** The same parameter, which need not be given. */
export function optional<Value>(parameter: Parameter<Value>): Parameter<Value | undefined> {
  const { fallback: _, ...others } = parameter
  return others
}

/** A whole number. */
export function integer(about: string, fallback: number): Parameter<number> {
  return {
    about,
    placeholder: 'number',
    fallback: String(fallback),
    parse(text) {
      if (!/^\d{1,15}$/.test(text)) throw configurationError(`"${text}" is no whole number`)
      return Number(text)
    },
  }
}

/** A number. */
export function decimal(about: string, fallback: number): Parameter<number> {
  return {
    about,
    placeholder: 'number',
    fallback: String(fallback),
    parse(text) {
      if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) throw configurationError(`"${text}" is no number`)
      return Number(text)
    },
  }
}

/** One of some words; the first is the default. */
export function choice<const Choice extends string>(
  about: string,
  choices: readonly [Choice, ...Choice[]],
): Parameter<Choice> {
  return {
    about: `${about}: ${choices.join(', ')}`,
    placeholder: 'choice',
    fallback: choices[0],
    parse(text) {
      const found = choices.find((each) => each === text)
      if (found === undefined) {
        throw configurationError(`"${text}" is none of ${choices.join(', ')}`)
      }
      return found
    },
  }
}

const keys: ReadonlySet<string> = new Set(fields.map(({ name }) => fieldKey(name)))

/** Names of columns, as they are written in SQL. */
export function columns(about: string, fallback: string): Parameter<readonly string[]> {
  return {
    about,
    placeholder: 'columns',
    fallback,
    parse: (text) =>
      listed(text).map((name) => {
        const key = fieldKey(name)
        if (!keys.has(key)) throw configurationError(`"${name}" is no column of flows`)
        return quoted(key)
      }),
  }
}

/** Networks and addresses, each as a network. */
export function networks(about: string, fallback?: string): Parameter<readonly string[]> {
  return {
    about,
    placeholder: 'networks',
    ...(fallback !== undefined && { fallback }),
    parse: (text) => listed(text).map(toNetwork),
  }
}

/** A file with an address or network on each line; what follows a comma, a semicolon or # does not count. */
export function networkFile(about: string): Parameter<readonly string[]> {
  return {
    about,
    placeholder: 'file',
    isFile: true,
    parse: (text) =>
      text
        .split('\n')
        .map((line) => line.replace(/[,;#].*/, '').trim())
        .filter((line) => line !== '')
        .map(toNetwork),
  }
}

function toNetwork(text: string): string {
  const network = isAddress(text) ? `${text}/${text.includes(':') ? 128 : 32}` : text
  // It refuses what is no network.
  inNetwork('srcaddr', network)
  return network.toLowerCase()
}

/** Port numbers. */
export function ports(about: string, fallback?: string): Parameter<readonly number[]> {
  return {
    about,
    placeholder: 'ports',
    ...(fallback !== undefined && { fallback }),
    parse: (text) =>
      listed(text).map((port) => {
        if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
          throw configurationError(`"${port}" is no port`)
        }
        return Number(port)
      }),
  }
}

const protocols = new Map(
  Array.from(protocolKeywords, ([number, keyword]) => [keyword.toLowerCase(), number]),
)

/** Protocols, by number or by IANA's keyword. */
export function protocolList(about: string): Parameter<readonly number[]> {
  return {
    about,
    placeholder: 'protocols',
    parse: (text) =>
      listed(text).map((protocol) => {
        const number = /^\d{1,3}$/.test(protocol)
          ? Number(protocol)
          : protocols.get(protocol.toLowerCase())
        if (number === undefined || number > 255) {
          throw configurationError(`"${protocol}" is no protocol`)
        }
        return number
      }),
  }
}

/** Words without spaces or quotes, such as ids. */
export function words(about: string, placeholder: string): Parameter<readonly string[]> {
  return {
    about,
    placeholder,
    parse: (text) =>
      listed(text).map((word) => {
        if (!/^[\w.:/@%+=-]+$/.test(word)) throw configurationError(`"${word}" is no id`)
        return word
      }),
  }
}

/** A time, as a timestamp in UTC. */
export function instant(about: string): Parameter<string> {
  return {
    about,
    placeholder: 'time',
    parse(text) {
      const time = /^\d{4}-\d\d-\d\d(?:$|T)/.test(text) ? new Date(text) : new Date(Number.NaN)
      if (Number.isNaN(time.getTime())) {
        throw configurationError(`"${text}" is no time, such as 2026-01-31 or 2026-01-31T08:00:00Z`)
      }
      return `TIMESTAMP '${time.toISOString().slice(0, 19).replace('T', ' ')}'`
    },
  }
}

const units: Readonly<Record<string, string>> = { m: 'MINUTE', h: 'HOUR', d: 'DAY' }

/** A length of time, as an interval. */
export function duration(about: string): Parameter<string> {
  return {
    about,
    placeholder: 'duration',
    parse(text) {
      const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
      if (count === undefined) {
        throw configurationError(`"${text}" is no duration, such as 15m, 24h or 7d`)
      }
      return `INTERVAL '${count}' ${units[unit]}`
    },
  }
}

/** A condition in SQL, as it is. */
export function condition(about: string): Parameter<string> {
  return { about, placeholder: 'sql', parse: (text) => text }
}

function listed(text: string): readonly string[] {
  const values = text.split(/[\s,]+/).filter((value) => value !== '')
  if (values.length === 0) throw configurationError('a list needs a value')
  return values
}
