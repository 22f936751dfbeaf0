import type { FieldValue } from './fields.ts'
import { type FormatInput, parseFormat } from './format.ts'

/**
 * Writes a record as AWS would: the format's values separated by single spaces, `-` for absent.
 * Rendering what was parsed gives the identical line, for every valid single-spaced line.
 */
export function render(record: Readonly<Record<string, FieldValue>>, format: FormatInput): string {
  return parseFormat(format)
    .columns.map(({ key }) => String(record[key] ?? '-'))
    .join(' ')
}
