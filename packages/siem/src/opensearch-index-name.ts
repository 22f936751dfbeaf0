import { configurationError } from '@flowlogs/core'

/** Throws when no index can be called so; it then needs no escaping in a path either. */
export function checkIndexName(name: string): void {
  const isName = /^[a-z0-9.][a-z0-9._-]*$/.test(name) && !/^\.\.?$/.test(name)
  if (isName && name.length <= 255) return
  throw configurationError(
    `an index is named by lower-case letters, digits and . _ -, not ${JSON.stringify(name)}`,
  )
}
