import { type Explanation, explainMapping, type FormatInput, parseFormat } from '@flowlogs/core'
import { attributes, type OcsfRelease } from './attributes.ts'
import { createOcsfMapping } from './network-activity.ts'
import type { OcsfOptionsInput } from './options.ts'

/** How one attribute of an event comes about, and the OCSF release that introduced it. */
export interface OcsfExplanation extends Explanation {
  readonly since: OcsfRelease
}

/** Explains the mapping attribute by attribute: for a format, if one is given, else for all fields. */
export function explain(
  options: OcsfOptionsInput = {},
  format?: FormatInput,
): readonly OcsfExplanation[] {
  const parsed = format === undefined ? undefined : parseFormat(format)
  return explainMapping(createOcsfMapping(options), parsed).map((explanation) => ({
    ...explanation,
    since: attributes[explanation.attribute] ?? '1.0.0',
  }))
}
