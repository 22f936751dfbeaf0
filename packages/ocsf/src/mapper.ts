import { createMapper, type FormatInput, type Mapper } from '@flowlogs/core'
import { createOcsfMapping } from './network-activity.ts'
import type { OcsfOptionsInput } from './options.ts'

/** The object lane: records of one format to OCSF events, for people who want objects. */
export function createOcsfMapper(
  options: OcsfOptionsInput & { readonly format: FormatInput; readonly idKey?: Uint8Array },
): Mapper {
  const { format, idKey, ...rest } = options
  return createMapper(createOcsfMapping(rest), format, idKey && { idKey })
}
