/** What inference says of the format of some lines. Plain data. */
import type { Format } from './format.ts'
import type { InferenceRule } from './inference-rules.ts'

/** What is known of the format of some lines. */
export interface FormatInference {
  /**
   * `decided`: one format fits. `preferred`: several fit, and `prefer` chose. `ambiguous`: several
   * fit. `impossible`: none does. `empty`: there are no lines.
   */
  readonly status: 'decided' | 'preferred' | 'ambiguous' | 'impossible' | 'empty'
  /** The format, if it was decided or preferred. */
  readonly format?: Format
  /** Formats that fit, those that AWS writes or documents first; at most `limit`. */
  readonly formats: readonly FittingFormat[]
  /** Whether `formats` are all that fit. */
  readonly isComplete: boolean
  readonly columns: readonly InferredColumn[]
  /** Columns that share what they can still be. */
  readonly ambiguities: readonly Ambiguity[]
  /** The presumptions that struck fields off; none under `strict`. */
  readonly presumptions: readonly InferenceRule[]
  /** How many lines were judged. */
  readonly lines: number
  /** Numbers of lines that look damaged, from 1; they were not judged. */
  readonly setAside: readonly number[]
  /** Lines of other counts of values, which were not judged, by count. */
  readonly otherCounts: Readonly<Record<number, number>>
}

/** A format that the lines can be in. */
export interface FittingFormat {
  readonly format: Format
  /** The text that AWS takes as `LogFormat`: `${version} ${account-id} …`. */
  readonly logFormat: string
  /** What the order is known as, if it is one that AWS writes or documents. */
  readonly known?: string
}

/** What a column can be, and why it is nothing else. */
export interface InferredColumn {
  /** Position from 0. */
  readonly index: number
  /**
   * Names of fields; a single one is decided. Where nothing fits together, what the column could be
   * by itself.
   */
  readonly fields: readonly string[]
  /** Some of its values. */
  readonly examples: readonly string[]
  readonly proof: readonly Proof[]
}

/** A rule, and the fields that it struck off for a column. */
export interface Proof {
  readonly rule: InferenceRule
  readonly fields: readonly string[]
  /** Numbers of the lines that decided, from 1. */
  readonly lines: readonly number[]
}

/** Columns that cannot be told apart. */
export interface Ambiguity {
  /** Positions from 0. */
  readonly columns: readonly number[]
  readonly fields: readonly string[]
  /** What would tell them apart. */
  readonly remedy: string
}
