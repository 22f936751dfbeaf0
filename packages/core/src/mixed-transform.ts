/** A transform of a stream that several formats share: each line goes to the transform of its format. */
import type { Format, FormatInput } from './format.ts'
import { parseHeader } from './line-columns.ts'
import { mergeResults } from './merge-results.ts'
import type { CommonOrigin, Origin, OriginLookup, OriginSource } from './origin.ts'
import { splitLine } from './parser.ts'
import { createTextDecoder, createTextEncoder } from './platform.ts'
import { createTellApart } from './tell-apart.ts'
import type { Transform, TransformResult, TransformSession } from './transform.ts'

const newline = 10
const nothing: Uint8Array = new Uint8Array(0)

/**
 * Builds it from a transform for each format. Throws when two formats cannot be told apart.
 * `maxLineBytes` are kept of a line that is not complete.
 */
export function createMixedTransform(
  formats: readonly Format[],
  first: Transform,
  maxLineBytes: number,
): Transform {
  const tellApart = createTellApart(formats)
  const decoder = createTextDecoder(false)
  const encoder = createTextEncoder()
  const transforms = formats.map((format) => first.withFormat(format))

  function stream(origin: OriginSource = {}): TransformSession {
    const lookup = lookupOf(origin)
    const places = transforms.map((transform) => openPlace(transform, lookup))
    /** Takes all from a header line on. */
    let headed: Place | undefined
    let carry = nothing
    let isSkipping = false
    let lines = 0

    /** Hands whole lines to their places, neighbours together. */
    function* takeLines(bytes: Uint8Array): Generator<TransformResult, void, undefined> {
      let from = 0
      let current = places[0] as Place
      for (let at = 0; at < bytes.length && !headed; ) {
        const end = bytes.indexOf(newline, at) + 1
        const text = decoder.decode(bytes.subarray(at, Math.min(end, at + maxLineBytes)))
        const header = parseHeader(text)
        const place = header
          ? openPlace(first.withFormat(header), lookup)
          : (places[tellApart(splitLine(text.trimEnd(), Number.POSITIVE_INFINITY).values)] as Place)
        if (place !== current && at > from) {
          yield* give(current, bytes.subarray(from, at))
          from = at
        }
        current = place
        if (header) headed = place
        at = end
      }
      if (from < bytes.length) yield* give(current, bytes.subarray(from))
    }

    function* give(place: Place, bytes: Uint8Array): Generator<TransformResult, void, undefined> {
      place.before = lines - place.done
      const result = place.session.write(bytes)
      place.done += result.ledger.lines
      lines += result.ledger.lines
      // The next call may overwrite the output.
      yield { ...result, output: result.output.slice() }
    }

    function* write(bytes: Uint8Array): Generator<TransformResult, void, undefined> {
      if (headed) return yield* give(headed, bytes)
      const last = bytes.lastIndexOf(newline) + 1
      let start = 0
      if (isSkipping && last > 0) {
        // The rest of a line that is too long.
        start = bytes.indexOf(newline) + 1
        yield* give(places[0] as Place, bytes.subarray(0, start))
        isSkipping = false
      }
      if (last > start) yield* takeLines(join(carry, bytes.subarray(start, last)))
      if (last > 0) carry = nothing
      if (isSkipping) return
      const rest = join(carry, bytes.subarray(last))
      carry = nothing
      if (headed) yield* give(headed, rest)
      else if (rest.length <= maxLineBytes) carry = rest
      else {
        yield* give(places[0] as Place, rest)
        isSkipping = true
      }
    }

    function* end(): Generator<TransformResult, void, undefined> {
      if (carry.length > 0) yield* takeLines(join(carry, Uint8Array.of(newline)))
      carry = nothing
      for (const place of [...places, ...(headed ? [headed] : [])]) {
        place.before = lines - place.done
        const result = place.session.end()
        place.done += result.ledger.lines
        lines += result.ledger.lines
        yield { ...result, output: result.output.slice() }
      }
    }

    const gather = (results: Iterable<TransformResult>): TransformResult => {
      const all = [...results]
      return mergeResults(all.length > 0 ? all : [first('')])
    }
    return { write: (bytes) => gather(write(bytes)), end: () => gather(end()) }
  }

  const transform = (input: Uint8Array | string, origin?: OriginSource): TransformResult => {
    const session = stream(origin)
    const bytes = typeof input === 'string' ? encoder.encode(input) : input
    return mergeResults([session.write(bytes), session.end()])
  }
  return Object.assign(transform, {
    format: formats[0] as Format,
    stream,
    withFormat: (format: FormatInput) => first.withFormat(format),
  })
}

/** A session for lines of one format, and how its lines are counted in the whole input. */
interface Place {
  readonly session: TransformSession
  /** Lines that it has had. */
  done: number
  /** Lines of the input that went elsewhere before the next one. */
  before: number
}

function openPlace(transform: Transform, lookup: OriginLookup): Place {
  const place: { -readonly [Key in keyof Place]?: Place[Key] } = { done: 0, before: 0 }
  const originAt = (index: number): Origin => lookup(index + (place.before ?? 0))
  // What lines have in common can differ from call to call.
  const common = { get: () => lookup.common }
  place.session = transform.stream(Object.defineProperty(originAt, 'common', common))
  return place as Place
}

function lookupOf(origin: OriginSource): OriginLookup {
  if (typeof origin === 'function') return origin
  const common: CommonOrigin = { origin, differing: ['line'] }
  return Object.assign((index: number): Origin => ({ line: index + 1, ...origin }), { common })
}

/** A copy of both, since the caller may use its buffer again. */
function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length)
  joined.set(head)
  joined.set(tail, head.length)
  return joined
}
