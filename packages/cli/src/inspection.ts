/** Everything `flowlogs inspect` says of an input. Plain data: this is what --json prints. */
import { describeEnvelope, type EnvelopeLayer, transformStream } from '@flowlogs/aws'
import {
  addLedger,
  createTransform,
  type DirectionOptions,
  describeRejection,
  emptyLedger,
  type FittingFormat,
  type FlowRecord,
  type Format,
  type FormatInference,
  type Ledger,
  presets,
  type Rejection,
  recordMapping,
} from '@flowlogs/core'
import { type DetectedFormat, detectFormat } from './detect-format.ts'
import { type Dialects, showDialects } from './dialects.ts'
import { type Input, readInput } from './inputs.ts'
import { createStatistics, decidedKeys, type Statistics } from './record-statistics.ts'
import { reminders } from './reminders.ts'
import { replayChunks } from './replay-chunks.ts'
import { sampleLines } from './sample-lines.ts'
import { warningsOf } from './warnings.ts'

/** How to inspect. */
export interface InspectionOptions extends DirectionOptions {
  /** The format of lines that follow no header line. */
  readonly format?: string | undefined
  /** Lines that are read; the rest is left. */
  readonly maxLines: number
}

/** What was found. */
export interface Inspection {
  readonly input: { readonly name: string; readonly bytes: number | undefined }
  /** From the outside in. */
  readonly envelope: readonly EnvelopeLayer[]
  readonly format: InspectedFormat
  /** Whether everything was read; if not, all counts are of the first `ledger.lines` lines. */
  readonly isWhole: boolean
  readonly ledger: Ledger
  /** Only of fields that are certain, where the format is not. */
  readonly statistics: Statistics
  readonly rejections: readonly RejectionGroup[]
  readonly dialects: Dialects | undefined
  readonly warnings: readonly string[]
  readonly reminders: readonly string[]
}

/** The format, and the ground it stands on. */
export interface InspectedFormat {
  readonly ground: DetectedFormat['ground']
  /** The names of the fields, as in a header line. */
  readonly names: string | undefined
  /** The text that AWS takes as `LogFormat`. */
  readonly logFormat: string | undefined
  /** What the order is known as. */
  readonly known: string | undefined
  /** What `inferFormat` says, with formats as text. */
  readonly inference: InspectedInference | undefined
}

/** An inference, short enough to be printed. */
export interface InspectedInference extends Omit<FormatInference, 'format' | 'formats'> {
  readonly formats: readonly Omit<FittingFormat, 'format'>[]
}

/** Rejections of one code. */
interface RejectionGroup {
  readonly code: Rejection['code']
  readonly count: number
  /** One sentence about the first. */
  readonly example: string
  readonly line: string
  /** The number of its line, if it has one. */
  readonly number: number | undefined
}

const sampledLines = 2000
const headBytes = 256 * 1024
const exampleLength = 300

/** Inspects one input, in bounded memory. */
export async function inspectInput(
  input: Input,
  { format: configured, maxLines, own }: InspectionOptions,
): Promise<Inspection> {
  const { look, all } = replayChunks(readInput(input, () => {}))
  const head: Uint8Array[] = []
  const sample = await sampleLines(keepHead(look, head), sampledLines)
  const detected = detectFormat(sample, configured)
  const { inference } = detected
  // Where several formats fit, one of them serves to count by what they have in common.
  const format = detected.format ?? inference?.formats[0]?.format
  const isCertain = detected.format !== undefined
  const statistics = createStatistics(
    own ? { own } : {},
    isCertain ? undefined : decidedKeys(inference?.columns ?? []),
  )
  const read = format
    ? await readAll(all, { format, input, maxLines, onRecord: statistics.add })
    : { ledger: emptyLedger(), rejections: [], isWhole: false }
  const found = {
    input: { name: input.path ?? 'standard input', bytes: input.size },
    envelope: describeEnvelope(Buffer.concat(head)),
    format: describeFormat(detected),
    isWhole: read.isWhole,
    ledger: read.ledger,
    statistics: statistics.take(),
    rejections: read.rejections,
    dialects: isCertain && format ? showDialects(sample.lines, format) : undefined,
    reminders,
  }
  return { ...found, warnings: warningsOf(found, detected) }
}

async function* keepHead(
  chunks: AsyncIterable<Uint8Array>,
  head: Uint8Array[],
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0
  for await (const chunk of chunks) {
    if (length < headBytes) head.push(chunk.slice())
    length += chunk.length
    yield chunk
  }
}

function describeFormat({ ground, format, inference }: DetectedFormat): InspectedFormat {
  const [preset] = Object.entries(presets).find(([, text]) => text === format?.text) ?? []
  const known =
    preset ?? inference?.formats.find((each) => each.format.text === format?.text)?.known
  return {
    ground,
    names: format?.text,
    logFormat: format?.columns.map(({ name }) => `\${${name}}`).join(' '),
    known,
    inference: inference && shorten(inference),
  }
}

function shorten({ format: _, formats, ...inference }: FormatInference): InspectedInference {
  return { ...inference, formats: formats.map(({ format: _format, ...each }) => each) }
}

interface Reading {
  readonly format: Format
  readonly input: Input
  readonly maxLines: number
  readonly onRecord: (record: FlowRecord) => void
}

async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  { format, input, maxLines, onRecord }: Reading,
): Promise<Pick<Inspection, 'ledger' | 'rejections' | 'isWhole'>> {
  const transform = createTransform({ format, mapping: recordMapping })
  const ledger = emptyLedger()
  const groups = new Map<string, RejectionGroup>()
  let isWhole = true
  for await (const result of transformStream(transform, chunks, input.origin)) {
    addLedger(ledger, result.ledger)
    for (const rejection of result.rejections) addRejection(groups, rejection)
    for (const text of Buffer.from(result.output).toString('utf8').split('\n')) {
      if (text !== '') onRecord(JSON.parse(text) as FlowRecord)
    }
    if (ledger.lines < maxLines) continue
    isWhole = false
    break
  }
  const rejections = [...groups.values()].sort((left, right) => right.count - left.count)
  return { ledger, rejections, isWhole }
}

function addRejection(groups: Map<string, RejectionGroup>, rejection: Rejection): void {
  const { code, line, origin } = rejection
  const group = groups.get(code)
  groups.set(code, {
    ...(group ?? {
      code,
      example: describeRejection(rejection),
      line: line.slice(0, exampleLength),
      number: origin?.line,
    }),
    count: (group?.count ?? 0) + 1,
  })
}
