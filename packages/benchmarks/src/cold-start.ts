/** How long the first lines of a process take: each turn is a process of its own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileKernel, parseFormat } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createCorpus } from './corpus.ts'
import { type Spread, spread } from './statistics.ts'
import { variantNames } from './variant-names.ts'

/** What a variant took. */
export interface ColdStart {
  readonly variant: string
  /** What is timed. */
  readonly work: string
  readonly milliseconds: Spread
}

// Node's types leave it out.
const host = globalThis as unknown as {
  readonly WebAssembly: { readonly Module: new (bytes: Uint8Array) => object }
}

interface Program {
  readonly work: string
  /** `kernel` is the file of a kernel that was made before. */
  load(kernel: string): Promise<(bytes: Uint8Array) => unknown>
}

const programs: Readonly<Record<string, Program>> = {
  [variantNames.naive]: {
    work: 'conversion',
    async load() {
      const { createNaive } = await import('./naive.ts')
      const { createOcsfEvent } = await import('./ocsf-event.ts')
      const keys = parseFormat('v2').columns.map(({ key }) => key)
      return (bytes) => createNaive(keys, createOcsfEvent('v2'))(bytes)
    },
  },
  [variantNames.portable]: lane('portable'),
  [variantNames.kernel]: lane('kernel'),
  [variantNames.preparedKernel]: {
    work: 'reading the kernel, createTransform and conversion',
    async load(file) {
      const { createTransform } = await import('@flowlogs/core')
      const { createOcsfMapping } = await import('@flowlogs/ocsf')
      return (bytes) => {
        const kernel = new host.WebAssembly.Module(readFileSync(file))
        return createTransform({ format: 'v2', mapping: createOcsfMapping(), kernel })(bytes)
      }
    },
  },
}

function lane(engine: 'portable' | 'kernel'): Program {
  return {
    work: 'createTransform and conversion',
    async load() {
      const { createTransform } = await import('@flowlogs/core')
      const { createOcsfMapping } = await import('@flowlogs/ocsf')
      return (bytes) =>
        createTransform({ format: 'v2', mapping: createOcsfMapping(), engine })(bytes)
    },
  }
}

/** Measures every program, in turns. */
export function measureColdStarts(rounds: number): ColdStart[] {
  const names = Object.keys(programs)
  const taken = names.map((): number[] => [])
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  const file = join(folder, 'kernel.wasm')
  writeFileSync(file, compileKernel({ format: 'v2', mapping: createOcsfMapping() }))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const index = (turn + round) % names.length
      const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'))
      const printed = execFileSync(process.execPath, [
        ...conditions,
        import.meta.filename,
        names[index]!,
        file,
      ])
      taken[index]!.push(Number(printed))
    }
  }
  rmSync(folder, { recursive: true })
  return names.map((variant, index) => ({
    variant,
    work: programs[variant]!.work,
    milliseconds: spread(taken[index]!),
  }))
}

if (import.meta.main) {
  const [{ bytes } = { bytes: new Uint8Array() }] = createCorpus('v2', 1, 500)
  const program = await programs[process.argv[2] ?? '']!.load(process.argv[3] ?? '')
  const start = performance.now()
  program(bytes)
  console.log(performance.now() - start)
}
