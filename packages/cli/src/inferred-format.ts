/** `--format infer`: what the lines of files say of their format, said aloud, or a refusal. */
import { detectFormat } from './detect-format.ts'
import { usageError } from './failure.ts'
import { findInputs, readInput } from './inputs.ts'
import { sampleLines } from './sample-lines.ts'

const sampledLines = 2000
/** Fields of AWS's default format; a shorter one of AWS's examples may be somebody else's, too. */
const shortest = 14

/**
 * The format for lines that follow no header line: of every file that has such lines the same one.
 * Throws where several formats fit and none of them is AWS's, where none fits, where files differ,
 * and for standard input, which can be read only once.
 */
export async function inferredFormat(
  files: readonly string[],
  say: (sentence: string) => void,
): Promise<string | undefined> {
  let found: { readonly text: string; readonly file: string } | undefined
  for (const input of findInputs(files)) {
    const { path } = input
    if (path === undefined) {
      throw usageError(
        '--format infer reads files twice, and standard input comes once: see inspect',
      )
    }
    const sample = await sampleLines(
      readInput(input, () => {}),
      sampledLines,
    )
    const { ground, format, inference } = detectFormat(sample)
    if (ground === 'header' || ground === 'envelope' || inference?.status === 'empty') continue
    const isShort = ground === 'recognised' && (format?.columns.length ?? 0) < shortest
    if (format === undefined || isShort) {
      const why = inference?.status === 'impossible' ? 'no format fits' : 'several formats fit'
      throw usageError(`${path}: ${why}; see flowlogs inspect ${path}, and say one with --format`)
    }
    if (found !== undefined && found.text !== format.text) {
      throw usageError(
        `${path} and ${found.file} are in different formats; convert them one by one`,
      )
    }
    if (found === undefined) {
      const others = ground === 'inferred' ? 'no other fits' : "others fit, but this one is AWS's"
      const what = inference?.formats.find((each) => each.format.text === format.text)?.known
      say(`${path}: format inferred, ${others}: ${what ?? format.text}`)
    }
    found ??= { text: format.text, file: path }
  }
  return found?.text
}
