/** How long the first lines of a process take: each turn is a process of its own. */
import { execFileSync } from 'node:child_process'
import { parseFormat, type TransformOptions } from '@flowlogs/core'
import { createCorpus } from './corpus.ts'
import { type Spread, spread } from './statistics.ts'
import { variantNames } from './variant-names.ts'

/** What a variant took. */
export interface ColdStart {
  readonly variant: string
  readonly milliseconds: Spread
}

/** Imports what a variant needs, and gives what is timed. */
type Load = () => Promise<(bytes: Uint8Array) => unknown>

const programs: Readonly<Record<string, Load>> = {
  async [variantNames.naive]() {
    const { createNaive } = await import('./naive.ts')
    const { createOcsfEvent } = await import('./ocsf-event.ts')
    const keys = parseFormat('v2').columns.map(({ key }) => key)
    return (bytes) => createNaive(keys, createOcsfEvent('v2'))(bytes)
  },
  [variantNames.portable]: transform({ engine: 'portable' }),
  [variantNames.kernel]: transform({}),
  [variantNames.kernelOfOwn]: transform({}, true),
}

/** `isCopied`: the same mapping as its author has it, without the kernels that come with it. */
function transform(options: Pick<TransformOptions, 'engine'>, isCopied = false): Load {
  return async () => {
    const { createTransform } = await import('@flowlogs/core')
    const { createOcsfMapping } = await import('@flowlogs/ocsf')
    return (bytes) => {
      const mapping = createOcsfMapping()
      return createTransform({
        format: 'v2',
        mapping: isCopied ? { ...mapping } : mapping,
        ...options,
      })(bytes)
    }
  }
}

/** Measures every program, in turns. */
export function measureColdStarts(rounds: number): ColdStart[] {
  const names = Object.keys(programs)
  const taken = names.map((): number[] => [])
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const index = (turn + round) % names.length
      const program = [...conditions, import.meta.filename, names[index]!]
      taken[index]!.push(Number(execFileSync(process.execPath, program)))
    }
  }
  return names.map((variant, index) => ({ variant, milliseconds: spread(taken[index]!) }))
}

if (import.meta.main) {
  const [{ bytes } = { bytes: new Uint8Array() }] = createCorpus('v2', 1, 500)
  const run = await programs[process.argv[2] ?? '']!()
  const start = performance.now()
  run(bytes)
  console.log(performance.now() - start)
}
