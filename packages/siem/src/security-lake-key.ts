/** Where an object belongs in Security Lake, and what it is called. */
import { createHash } from 'node:crypto'
import { configurationError } from '@flowlogs/core'

/** What keys are made of. */
export interface LakePlace {
  /**
   * The name of the custom source, with its version behind a slash if it was created with one: what
   * stands behind `ext/` in the location that CreateCustomLogSource replies with.
   */
  readonly source: string
  /** The region of the lake's bucket. */
  readonly region: string
  /** The account of events that do not tell theirs. Default `external`. */
  readonly fallbackAccount?: string
}

/** The keys of one custom source. */
export interface LakeKeys {
  /** The prefix for events of an account and of the UTC day of a time in Unix milliseconds. */
  partition(account: string | undefined, time: number): string
}

/** Builds the keys; throws on names that Security Lake does not take. */
export function createLakeKeys(place: LakePlace): LakeKeys {
  const { source, region, fallbackAccount = 'external' } = place
  check('the name of a custom source', source, /^\w[\w.:-]{0,63}(?:\/\w[\w.-]{0,31})?$/)
  check('a region', region, /^[a-z]{2,}(?:-[a-z]+)+-\d+$/)
  check('a fallback account', fallbackAccount, /^(?:\d{12}|external(?:_[\w-]+)?)$/)

  return {
    partition(account, time) {
      // AWS writes `unknown` where it does not know.
      const owner = account !== undefined && /^\d{12}$/.test(account) ? account : fallbackAccount
      const day = new Date(time).toISOString().slice(0, 10).replaceAll('-', '')
      return `ext/${source}/region=${region}/accountId=${owner}/eventDay=${day}`
    },
  }
}

/** The name of an object with these events in this order: the same for the same events. */
export function toObjectName(ids: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const id of ids) hash.update(id).update('\n')
  return `${hash.digest('hex').slice(0, 32)}.parquet`
}

function check(what: string, value: string, pattern: RegExp): void {
  if (pattern.test(value)) return
  throw configurationError(`${what} looks like ${pattern.source}, not "${value}"`)
}
