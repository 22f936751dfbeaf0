import { createLineGenerator, createRandom, type Random, randomFormat } from '@flowlogs/conformance'
import { fields } from '@flowlogs/core'
import fc from 'fast-check'
import type { Encoding } from 'hyparquet'
import { expect, test } from 'vitest'
import { block, type FileOptions, readAll, toParquet } from './parquet-file.test-support.ts'

/** A format that a file of flow logs can have, and lines of it. */
function randomLines(random: Random): readonly [format: string, lines: readonly string[]] {
  for (;;) {
    const columns = randomFormat(fields, random)
    const names = columns.map(({ name }) => name)
    const unknown = names.filter((name) => !fields.some((field) => field.name === name))
    if (!names.includes('srcaddr') || names.length < 3 + unknown.length * 2) continue
    const next = createLineGenerator(columns, random)
    const lines = Array.from({ length: random.below(200) }, () => next())
    const plain = lines.filter((values) =>
      values.every((value, index) => value !== 'None' && isPlain(value, index === 0)),
    )
    return [names.join(' '), plain.map((values) => values.join(' '))]
  }
}

/** What a line can carry in any place, and what a tag carries as it is. */
function isPlain(value: string, isFirst: boolean): boolean {
  return /^[!-~]+$/.test(value) && !(isFirst && /^[#a-z]/.test(value))
}

function randomOptions({ pick, below }: Random): FileOptions {
  const strings = pick<Encoding | undefined>([
    undefined,
    'PLAIN',
    'DELTA_LENGTH_BYTE_ARRAY',
    'DELTA_BYTE_ARRAY',
  ])
  const numbers = pick<Encoding | undefined>([
    undefined,
    'PLAIN',
    'DELTA_BINARY_PACKED',
    'BYTE_STREAM_SPLIT',
  ])
  return {
    codec: pick(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI']),
    rowGroupSize: 1 + below(200),
    pageSize: 16 + below(2000),
    encodings: {
      ...(strings && { STRING: strings }),
      ...(numbers && { INT32: numbers, INT64: numbers }),
    },
  }
}

test('lines that were stored come back, whatever the format and the way of storing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = createRandom(seed)
      const [format, lines] = randomLines(random)
      const file = toParquet(format, lines, randomOptions(random))
      const found = await readAll(file)
      expect(found).toStrictEqual(lines.length === 0 ? [] : [block(format, lines)])
    }),
  )
})
