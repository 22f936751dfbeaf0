import {
  createMapper,
  type FieldValue,
  type FormatInput,
  type Mapped,
  type MapperContext,
} from '@flowlogs/core'
import type { NetworkActivity } from './event.ts'
import { createOcsfMapping } from './network-activity.ts'
import type { OcsfOptionsInput } from './options.ts'
import type { OcsfVersion } from './version.ts'

/** What becomes of a record: an event, a count, or a rejection. */
export type OcsfMapped<Version extends OcsfVersion> =
  | { readonly event: NetworkActivity<Version> }
  | Exclude<Mapped, { readonly event: unknown }>

/** The object lane: records of one format to OCSF events, for people who want objects. */
export function createOcsfMapper<Version extends OcsfVersion = '1.1.0'>(
  options: OcsfOptionsInput & {
    readonly version?: Version
    readonly format: FormatInput
    readonly idKey?: Uint8Array
  },
): (record: Readonly<Record<string, FieldValue>>, context?: MapperContext) => OcsfMapped<Version> {
  const { format, idKey, ...rest } = options
  const map = createMapper(createOcsfMapping(rest), format, idKey && { idKey })
  return (record, context) => map(record, context) as OcsfMapped<Version>
}
