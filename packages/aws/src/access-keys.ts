/** The access keys that Firehose may present, several while one is being replaced. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { configurationError } from '@flowlogs/core'

/** The keys that are accepted; `'none'` says that anybody may deliver. */
export type AccessKeys = readonly string[] | 'none'

/** Builds the check of the `X-Amz-Firehose-Access-Key` header; its time tells nothing about the keys. */
export function createKeyCheck(accessKeys: AccessKeys): (presented: string | null) => boolean {
  if (accessKeys === 'none') return () => true
  if (!Array.isArray(accessKeys) || accessKeys.length === 0) {
    throw configurationError("accessKeys needs at least one key, or 'none' to let anybody deliver")
  }
  if (accessKeys.some((key) => typeof key !== 'string' || key === '')) {
    throw configurationError('accessKeys has an empty key')
  }
  const accepted = accessKeys.map((key) => digest(Buffer.from(key, 'utf8')))
  return (presented) => {
    // A header holds bytes, which the platform shows as Latin-1.
    const candidate = digest(Buffer.from(presented ?? '', 'latin1'))
    const matches = accepted.filter((key) => timingSafeEqual(key, candidate))
    return presented !== null && matches.length > 0
  }
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
