/** The published sample lines, by format: a flow log has one, so each gets a delivery stream of its own. */
import samples from '../samples.json' with { type: 'json' }

/** The lines of one format, and its header. */
export interface SampleGroup {
  readonly format: string
  readonly lines: readonly string[]
}

export const sampleGroups: readonly SampleGroup[] = Array.from(
  new Set(samples.map((sample) => sample.format)),
  (format) => ({
    format,
    lines: samples.filter((sample) => sample.format === format).map((sample) => sample.line),
  }),
)
