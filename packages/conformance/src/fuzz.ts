/** Looks for input on which two ways of doing the same thing differ; the ways are passed in. */
import { mutate } from './mutate.ts'
import { createRandom, type Random } from './random.ts'
import { createLineGenerator, type FieldRow } from './random-lines.ts'

/** One configuration under test. */
export interface FuzzSubject {
  /** Enough to build the configuration again. */
  readonly description: string
  /** The format of generated lines. */
  readonly columns: readonly FieldRow[]
  /** What differs on the input, or undefined. */
  differenceOn(input: Uint8Array): string | undefined
}

/** The smallest input that was found, ready to become a case. */
export interface Finding {
  readonly seed: number
  readonly description: string
  readonly input: Uint8Array
  readonly difference: string
}

/** What a run did. */
export interface FuzzReport {
  readonly rounds: number
  readonly lines: number
  readonly findings: readonly Finding[]
}

const linesPerRound = 80

/**
 * Runs rounds until the time is over or `limit` differences are found; round n has the seed
 * `seed + n`, so that a finding can be repeated alone.
 */
export function fuzz({
  seed,
  until,
  corpus,
  createSubject,
  limit = 1,
}: {
  readonly seed: number
  readonly until: (round: number) => boolean
  /** Inputs of any format, with their header. */
  readonly corpus: readonly Uint8Array[]
  createSubject(random: Random): FuzzSubject
  readonly limit?: number
}): FuzzReport {
  const findings: Finding[] = []
  let round = 0
  for (; !until(round) && findings.length < limit; round++) {
    const random = createRandom(seed + round)
    const subject = createSubject(random)
    const lines = randomInput(subject.columns, corpus, random)
    if (differenceOf(subject, lines) === undefined) continue
    const smallest = shrink(lines, (some) => differenceOf(subject, some) !== undefined)
    findings.push({
      seed: seed + round,
      description: subject.description,
      input: join(smallest),
      difference: differenceOf(subject, smallest) ?? '',
    })
  }
  return { rounds: round, lines: round * linesPerRound, findings }
}

/** A finding as text: what to build, what to feed it, and what then differs. */
export function describeFinding({ seed, description, input, difference }: Finding): string {
  const bytes = Buffer.from(input)
  const text = bytes.toString()
  const literal = Buffer.from(text).equals(bytes)
    ? JSON.stringify(text)
    : `Buffer.from('${bytes.toString('hex')}', 'hex')`
  return `seed ${seed}\n${description}\ninput: ${literal}\n${difference}`
}

/** The difference, where an exception is one too. */
function differenceOf(
  { differenceOn }: FuzzSubject,
  lines: readonly Uint8Array[],
): string | undefined {
  try {
    return differenceOn(join(lines))
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : error}`
  }
}

function randomInput(
  columns: readonly FieldRow[],
  corpus: readonly Uint8Array[],
  random: Random,
): Uint8Array[] {
  const generate = createLineGenerator(columns, random)
  const encoder = new TextEncoder()
  const header = columns.map(({ name }) => name).join(' ')
  return Array.from({ length: linesPerRound }, () => {
    const draw = random.next()
    // A case changes the format, and the header changes it back.
    if (draw < 0.04 && corpus.length > 0) return random.pick(corpus)
    if (draw < 0.08) return encoder.encode(header)
    let line: Uint8Array = encoder.encode(generate().join(' '))
    while (random.chance(0.4)) line = mutate(line, random)
    return line
  })
}

/** Leaves out lines, then values, as long as the input still fails. */
function shrink(
  lines: readonly Uint8Array[],
  fails: (lines: readonly Uint8Array[]) => boolean,
): readonly Uint8Array[] {
  let left = withoutParts(lines, fails)
  for (const index of left.keys()) {
    const tokens = Buffer.from(left[index]!).toString('latin1').split(' ')
    const withTokens = (some: readonly string[]): Uint8Array[] =>
      left.with(index, Buffer.from(some.join(' '), 'latin1'))
    let best: readonly string[] = tokens
    for (const at of tokens.keys()) {
      if (best[at] !== '-' && fails(withTokens(best.with(at, '-')))) best = best.with(at, '-')
    }
    left = withTokens(withoutParts(best, (some) => fails(withTokens(some))))
  }
  return left
}

function withoutParts<Part>(
  parts: readonly Part[],
  fails: (parts: readonly Part[]) => boolean,
): Part[] {
  let left = [...parts]
  for (
    let size = Math.ceil(left.length / 2);
    size > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = left.length - size; at > -size; at -= size) {
      const fewer = left.toSpliced(Math.max(0, at), at < 0 ? size + at : size)
      if (fewer.length < left.length && fails(fewer)) left = fewer
    }
  }
  return left
}

function join(lines: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
}
