/** What is compared with what. */
import { createParser, createTransform, type Mapping, parseFormat } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { benchEvents } from './bench-event.ts'
import { benchMapping } from './bench-mapping.ts'
import { createConventional } from './conventional.ts'
import type { CorpusName, Slice } from './corpus.ts'
import { countSpaces, createCopier } from './floors.ts'
import { createNaive, createNaiveParser } from './naive.ts'
import { createOcsfEvent } from './ocsf-event.ts'
import type { ToEvent } from './plain.ts'
import type { Comparison, Variant } from './runner.ts'
import { variantNames } from './variant-names.ts'

const everything = 'every declared field'
const nothing = 'nothing'

/** The comparisons on one corpus, in slices of some 2,000 lines. */
export function comparisonsOf(corpus: CorpusName, slices: readonly Slice[]): Comparison[] {
  return [
    {
      name: `bench-${corpus}`,
      title: `${corpus} → bench mapping`,
      slices,
      variants: [
        ...writers(corpus, benchEvents[corpus], benchMapping(corpus)),
        {
          name: variantNames.copy,
          checks: nothing,
          isFloor: true,
          run: createCopier(createNaive(keysOf(corpus), benchEvents[corpus])),
        },
        {
          name: variantNames.count,
          checks: nothing,
          isFloor: true,
          run: countSpaces,
          digest: String,
        },
      ],
    },
    {
      name: `ocsf-${corpus}`,
      title: `${corpus} → OCSF 1.1.0 with uid and observables`,
      slices,
      variants: writers(corpus, createOcsfEvent(corpus), createOcsfMapping({ version: '1.1.0' })),
    },
    {
      name: `parse-${corpus}`,
      title: `${corpus} → records, kept in an array`,
      slices,
      variants: parsers(corpus),
    },
  ]
}

function keysOf(corpus: CorpusName): string[] {
  return parseFormat(corpus).columns.map(({ key }) => key)
}

function writers(corpus: CorpusName, toEvent: ToEvent, mapping: Mapping): Variant[] {
  const naive = createNaive(keysOf(corpus), toEvent)
  const conventional = createConventional(corpus, toEvent)
  const object = createTransform({ format: corpus, mapping, engine: 'object' })
  const engines = (['portable', 'kernel'] as const).flatMap((engine): Variant[] => {
    const fresh = createTransform({ format: corpus, mapping, engine })
    const reused = createTransform({ format: corpus, mapping, engine, reuseOutput: true })
    return [
      { name: variantNames[engine], checks: everything, run: ({ bytes }) => fresh(bytes).output },
      {
        name: variantNames[`${engine}Reused`],
        checks: everything,
        run: ({ bytes }) => reused(bytes).output,
      },
    ]
  })
  return [
    { name: variantNames.naive, checks: nothing, run: ({ bytes }) => naive(bytes) },
    {
      name: variantNames.conventional,
      checks: 'where values end',
      run: ({ bytes }) => conventional(bytes),
    },
    { name: variantNames.object, checks: everything, run: ({ bytes }) => object(bytes).output },
    ...engines,
  ]
}

function parsers(corpus: CorpusName): Variant[] {
  const naive = createNaiveParser(keysOf(corpus))
  const { parse, parseLines, parseRows } = createParser(corpus)
  const digest = (records: unknown) => JSON.stringify(records)
  return [
    {
      name: variantNames.naiveParse,
      checks: nothing,
      run: ({ lines }) => lines.map((line) => naive(line)),
      digest,
    },
    {
      name: variantNames.parse,
      checks: everything,
      run: ({ lines }) => lines.map((line) => parse(line)),
      digest,
    },
    {
      name: variantNames.parseLines,
      checks: everything,
      run: ({ bytes }) => parseLines(bytes),
      digest,
    },
    {
      name: variantNames.parseRows,
      checks: everything,
      run: ({ bytes }) => parseRows(bytes),
      digest,
    },
  ]
}

/** What it costs to cut the input into chunks; slices should be much longer than the chunks. */
export function streamComparison(corpus: CorpusName, slices: readonly Slice[]): Comparison {
  const transform = createTransform({ format: corpus, mapping: createOcsfMapping() })
  const inChunksOf = (kibibytes: number): Variant => ({
    name: `stream, chunks of ${kibibytes} KiB`,
    checks: everything,
    run({ bytes }) {
      const session = transform.stream()
      const outputs: Uint8Array[] = []
      for (let start = 0; start < bytes.length; start += kibibytes * 1024) {
        outputs.push(session.write(bytes.subarray(start, start + kibibytes * 1024)).output)
      }
      outputs.push(session.end().output)
      return outputs
    },
    digest: (outputs) => Buffer.concat(outputs as Uint8Array[]),
  })
  return {
    name: `stream-${corpus}`,
    title: `${corpus} → OCSF 1.1.0, the whole input at once or in chunks`,
    slices,
    variants: [
      {
        name: 'the whole input',
        checks: everything,
        run: ({ bytes }) => transform(bytes).output,
      },
      ...[16, 64, 256, 1024].map(inChunksOf),
    ],
  }
}
