/** An inspection, for a person at a terminal of any width. */
import { type InferredColumn, inferenceRules } from '@flowlogs/core'
import type { Dialects } from './dialects.ts'
import type { InspectedFormat, InspectedInference, Inspection } from './inspection.ts'
import type { Counts } from './record-statistics.ts'
import { sideBySide } from './side-by-side.ts'
import { summarize } from './summary.ts'
import { wrapText } from './wrap-text.ts'

/** How it is shown. */
export interface ReportOptions {
  readonly width: number
  /** Marks a heading, or leaves it as it is. */
  readonly bold: (text: string) => string
}

const labelWidth = 12

/** The report, with a line feed at its end. */
export function reportInspection(inspection: Inspection, { width, bold }: ReportOptions): string {
  const row = (label: string, text: string): string =>
    `${label.padEnd(labelWidth)}${wrapText(text, width, labelWidth)}`
  const heading = (title: string): string[] => ['', bold(title)]
  const { input, envelope, format, statistics, rejections, dialects, warnings, ledger } = inspection
  const { time } = statistics
  const lines = [
    row(
      'input',
      `${input.name}${input.bytes === undefined ? '' : `, ${grouped(input.bytes)} bytes`}`,
    ),
    row('envelope', envelope.join(' → ')),
    row('format', describeGround(format)),
    ...(format.logFormat === undefined ? [] : [row('LogFormat', format.logFormat)]),
    ...(time ? [row('time', `${time.first} to ${time.last}`)] : []),
    ...(warnings.length > 0 ? heading('Warnings') : []),
    ...warnings.map((warning) => `! ${wrapText(warning, width, 2)}`),
    ...(format.inference
      ? [...heading('Proof of the format'), ...proofOf(format.inference, width)]
      : []),
    ...heading('Lines'),
    // Which engine took the lines says nothing about them.
    summarize({ ...ledger, lanes: {} }).trimEnd(),
    ...heading('Records'),
    row('status', countsOf(statistics.status)),
    row('action', countsOf(statistics.action)),
    row('protocol', countsOf(statistics.protocol)),
    row(
      'direction',
      `${countsOf(statistics.direction)} (by ${countsOf(statistics.directionRules)})`,
    ),
    row(
      'opened by',
      `${countsOf(statistics.initiator)} (by ${countsOf(statistics.initiatorRules)})`,
    ),
    ...(rejections.length > 0 ? heading('Rejections') : []),
    ...rejections.flatMap(({ code, count, example, line, number }) => [
      row(code, `${grouped(count)}; ${number === undefined ? '' : `line ${number}: `}${example}`),
      `  ${wrapText(line, width, 2)}`,
    ]),
    ...(dialects
      ? [...heading('One record in every dialect'), ...dialectRows(dialects, width)]
      : []),
    ...heading('Keep in mind'),
    ...inspection.reminders.map((reminder) => `- ${wrapText(reminder, width, 2)}`),
  ]
  return `${lines.join('\n')}\n`
}

const grounds: Readonly<Record<InspectedFormat['ground'], string>> = {
  header: 'said by the header line',
  envelope: 'said by the names in the records',
  configured: 'as given by --format',
  inferred: 'inferred: no other format fits (see the proof)',
  recognised:
    'taken for this one, since AWS writes or documents it; others fit, too (see the proof)',
  unknown: 'not known: say it with --format (see the proof)',
}

function describeGround({ ground, known, names }: InspectedFormat): string {
  const count = names?.split(' ').length
  const what = known ?? (count === undefined ? undefined : `${count} field${count > 1 ? 's' : ''}`)
  return what === undefined ? grounds[ground] : `${what}, ${grounds[ground]}`
}

function proofOf(inference: InspectedInference, width: number): string[] {
  const { status, formats, isComplete, columns, ambiguities, presumptions, lines } = inference
  const many = isComplete ? grouped(formats.length) : `more than ${grouped(formats.length)}`
  const summary =
    status === 'impossible'
      ? `No format of AWS's fields fits the ${grouped(lines)} lines that were judged. What each column could be by itself:`
      : `Judged ${grouped(lines)} lines; ${many} format${formats.length === 1 ? '' : 's'} fit.`
  const shown = formats
    .slice(0, shownFormats)
    .flatMap(({ known, logFormat }) => [
      `  ${wrapText(`${known === undefined ? '' : `${known}: `}${logFormat}`, width, 4)}`,
    ])
  const open = ambiguities.map(({ columns: at, fields, remedy }) => {
    const where = `column${at.length > 1 ? 's' : ''} ${at.map((index) => index + 1).join(', ')}`
    return `? ${wrapText(`${where}: ${fields.join(', ')}. To tell: ${remedy}.`, width, 2)}`
  })
  const presumed = presumptions.map(
    (rule) => `~ ${wrapText(`presumed (${rule}): ${inferenceRules[rule].says}`, width, 2)}`,
  )
  return [
    ...[summary].map((text) => wrapText(text, width, 0)),
    ...(formats.length > 1 ? shown : []),
    ...open,
    ...presumed,
    wrapText(
      'Each column with its values, and the rules that struck off the other fields (how many, by which lines):',
      width,
      0,
    ),
    ...columns.map((column) => describeColumn(column, width)),
  ]
}

const shownFormats = 4
const shownFields = 4

function describeColumn({ index, fields, examples, proof }: InferredColumn, width: number): string {
  const what =
    fields.length === 0
      ? 'no field'
      : fields.length <= shownFields
        ? fields.join(' | ')
        : `${fields.slice(0, shownFields).join(' | ')} | ${fields.length - shownFields} more`
  const values = examples.length === 0 ? '-' : examples.join(', ')
  const rules = proof
    .filter(({ rule }) => rule !== 'family')
    .map(({ rule, fields: struck, lines }) => {
      const at = lines.length === 0 ? '' : `, line ${lines.slice(0, 3).join(', ')}`
      return `${rule} (${struck.length}${at})`
    })
  const number = String(index + 1).padStart(2)
  return `${number}  ${wrapText(`${what}: ${values}; ruled out by ${rules.join(', ')}`, width, 4)}`
}

function countsOf(counts: Counts): string {
  const rows = Object.entries(counts).sort(([, left], [, right]) => right - left)
  if (rows.length === 0) return 'none'
  const shown = rows.slice(0, 6).map(([name, count]) => `${name} ${grouped(count)}`)
  return rows.length > 6 ? `${shown.join(', ')}, …` : shown.join(', ')
}

function dialectRows({ line, ...documents }: Dialects, width: number): string[] {
  const blocks = Object.entries(documents).map(([title, document]) => ({
    title,
    lines: flatten(document),
  }))
  return [wrapText(line, width, 0), '', ...sideBySide(blocks, width)]
}

/** `path: value`, one line for each value. */
function flatten(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${String(value)}`]
  return Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : flatten(member, path === '' ? key : `${path}.${key}`),
  )
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
