/** What somebody should know before trusting an input. */
import { findField } from '@flowlogs/core'
import type { DetectedFormat } from './detect-format.ts'
import type { Inspection } from './inspection.ts'

type Found = Omit<Inspection, 'warnings'>

/** One sentence for each thing that is odd. */
export function warningsOf(found: Found, detected: DetectedFormat): readonly string[] {
  return [
    ...aboutReading(found),
    ...aboutFormat(found, detected),
    ...aboutRecords(found),
    ...aboutTimes(found),
  ]
}

function aboutReading({ isWhole, ledger, envelope, format }: Found): string[] {
  const warnings: string[] = []
  if (!isWhole && ledger.lines > 0) {
    warnings.push(
      `Only the first ${grouped(ledger.lines)} lines were read, and all counts are of them; --lines reads more.`,
    )
  }
  if (format.names === undefined && ledger.lines > 0) {
    warnings.push('Lines and rejections are counted by the first of the formats that fit.')
  }
  if (envelope.includes('unknown')) {
    warnings.push('What is wrapped around the lines was not recognised at the beginning.')
  }
  return warnings
}

function aboutFormat(
  { ledger, format }: Found,
  { inference, others, minorities, ground }: DetectedFormat,
): string[] {
  const warnings: string[] = []
  if (minorities.length > 0) {
    const list = minorities.map(({ values, lines, known }) => {
      return `${grouped(lines)} of ${values}${known === undefined ? '' : ` (${known})`}`
    })
    warnings.push(
      `Lines differ in their number of values: most have ${inference?.columns.length}, but there are ${list.join(', ')}. Several flow logs may share this stream, or lines are damaged.`,
    )
  }
  const [damaged, ...more] = inference?.setAside ?? []
  if (damaged !== undefined) {
    warnings.push(
      `${more.length + 1} of the lines that the format was inferred from look unlike the others, the first is line ${damaged} of them; they were not judged.`,
    )
  }
  if (others.length > 0) {
    warnings.push(`More formats that header lines announce further on: ${others.length}.`)
  }
  if (ground === 'configured' && inference && !fits(format.names, inference)) {
    warnings.push('The lines do not look like the format that was given.')
  }
  const bad = ledger.rejected / Math.max(1, ledger.rejected + ledger.emitted)
  if (bad > 0.5) warnings.push('Most lines were rejected: the format is probably another one.')
  return warnings
}

function fits(
  names: string | undefined,
  inference: NonNullable<DetectedFormat['inference']>,
): boolean {
  const fields = names?.split(' ') ?? []
  return (
    fields.length === inference.columns.length &&
    fields.every((name, index) => {
      return findField(name) === undefined || inference.columns[index]?.fields.includes(name)
    })
  )
}

function aboutRecords({ statistics: { status } }: Found): string[] {
  const warnings: string[] = []
  const { SKIPDATA: skipped = 0, INCOMPLETEDATA: incomplete = 0 } = status
  if (skipped > 0) {
    warnings.push(
      `${grouped(skipped)} SKIPDATA record${skipped > 1 ? 's' : ''}: AWS lost records of that interface and time, so that what is not here may have happened all the same.`,
    )
  }
  if (incomplete > 0) warnings.push(`INCOMPLETEDATA records: ${grouped(incomplete)}.`)
  return warnings
}

function aboutTimes({ ledger: { notes }, statistics: { odd } }: Found): string[] {
  const rows: readonly (readonly [count: number | undefined, text: string])[] = [
    [notes.milliseconds, 'Times in milliseconds instead of seconds'],
    [notes.implausible_time, 'Times that are no plausible Unix times'],
    [odd.reversed, 'Records that end before they start'],
    [odd.long, 'Records that span more than the longest aggregation interval'],
    [odd.future, 'Records that end in the future'],
  ]
  return rows.flatMap(([count = 0, text]) => (count > 0 ? [`${text}: ${grouped(count)}.`] : []))
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
