/** Which field goes to which attribute, read off the mapping. */
import { explainMapping, type Field, fieldKey, fields } from '@flowlogs/core'
import { createOtlpMapping } from './otlp-mapping.ts'
import type { Profile, ProfileName } from './profile.ts'

/** A field of a flow log, and where it goes. */
export interface AttributeRow {
  /** The field's name as AWS writes it. */
  readonly field: string
  readonly attributes: readonly string[]
  /** Attributes of the resource. */
  readonly resource: readonly string[]
  /** Whether it is the time of the record where it is plausible. */
  readonly isTime: boolean
}

const rows: readonly Field[] = fields

/** The table of a profile: every field that AWS has published. */
export function attributeRows(profile: ProfileName | Profile): AttributeRow[] {
  const explained = explainMapping(createOtlpMapping({ profile, uid: false }))
  const under = (prefix: string, key: string): string[] =>
    explained
      .filter(({ attribute, fields }) => attribute.startsWith(prefix) && fields.includes(key))
      .map(({ attribute }) => attribute.slice(prefix.length))
  return rows.map(({ name }) => {
    const key = fieldKey(name)
    return {
      field: name,
      attributes: under('scopeLogs.logRecords.attributes.', key),
      resource: under('resource.attributes.', key),
      isTime: under('scopeLogs.logRecords.timeUnixNano', key).length > 0,
    }
  })
}
