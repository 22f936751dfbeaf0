/** JSON envelopes that arrive in chunks, with lines between → results, in bounded memory. */
import type { Origin, Transform, TransformResult } from '@flowlogs/core'
import { createCollector, type Input } from './collector.ts'
import { type Section, splitAtRecords, transformSection, withEnvelopes } from './delivery.ts'
import { isGzipError } from './gunzip.ts'
import { createRecordOpener } from './unwrap.ts'
import { createUnwrapper } from './unwrapper.ts'

const newline = 10
const mebibyte = 1024 * 1024
// An object may be a whole Firehose request of 64 MiB, and its records may be compressed.
const limits = { object: 65 * mebibyte, line: mebibyte }
const maxInflatedBytes = 512 * mebibyte

/** Transforms them; what is neither is a rejection. */
export async function* transformEnvelopes(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
  origin: Origin,
  blockSize: number,
): AsyncGenerator<TransformResult, void, undefined> {
  const input: Input = { origin, isRecord: false, lines: 0 }
  const collector = createCollector()
  const openRecord = createRecordOpener(collector, maxInflatedBytes)
  const unwrapper = createUnwrapper({ input, into: collector, openRecord }, limits)
  const transformBlocks = createBlockTransform(transform, blockSize)

  function* settle(): Generator<TransformResult, void, undefined> {
    const { sections, control, rejections } = collector.take()
    for (const section of sections) yield* transformBlocks(section)
    if (control > 0 || rejections.length > 0) {
      yield withEnvelopes(transform(''), { control, rejections })
    }
    collector.release()
  }

  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += blockSize) {
        unwrapper.write(chunk.subarray(at, at + blockSize))
        yield* settle()
      }
    }
    unwrapper.end()
  } catch (error) {
    if (!isGzipError(error)) throw error
    unwrapper.fail('bad_gzip', error.message)
  }
  yield* settle()
}

/** Transforms sections in blocks; in a file, a header line holds for the sections after it, too. */
function createBlockTransform(
  transform: Transform,
  blockSize: number,
): (section: Section) => Generator<TransformResult, void, undefined> {
  let current: Section | undefined
  let before = 0
  let done = 0
  const session = transform.stream(
    Object.defineProperty((index: number) => current?.originAt(index - before) ?? {}, 'common', {
      get: () => current?.originAt.common,
    }),
  )

  return function* transformBlocks(section) {
    const { lines, format, records } = section
    if (records.length > 0) {
      for (const part of splitAtRecords(section, blockSize))
        yield* transformSection(transform, part)
      return
    }
    if (format !== undefined) {
      yield* transformSection(transform, section)
      return
    }
    current = section
    before = done
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(newline, at + blockSize) + 1 || lines.length
      const result = session.write(lines.subarray(at, end))
      done += result.ledger.lines
      yield result
      at = end
    }
  }
}
