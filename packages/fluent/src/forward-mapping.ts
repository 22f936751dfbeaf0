import { configurationError, createMapping, hasTime, type Mapping, origin } from '@flowlogs/core'
import type { TagTemplate } from './tag.ts'

const times = ['start', 'end']

/** A mapping whose events can be forwarded: each has a time, and the fields of its tag before it. */
export function forwardMapping(mapping: Mapping, tags: TagTemplate): Mapping {
  if (mapping.before) {
    throw configurationError(`the mapping "${mapping.name}" is an envelope of its own`)
  }
  return createMapping({
    ...mapping,
    requires: [
      ...mapping.requires,
      {
        code: 'no_time',
        fields: times,
        fallback: 'start',
        condition: hasTime(...times, origin('timestamp')),
      },
    ],
    ...(tags.before !== undefined && { before: tags.before }),
  })
}

/** Whether the mapping puts the deterministic id somewhere. */
export function writesId(mapping: Mapping): boolean {
  return JSON.stringify(mapping.template).includes('"op":"id"')
}
