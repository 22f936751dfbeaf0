/** `pnpm build:kernel`: kernel/envelopes.as → envelope-kernel-code.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '../kernel/envelopes.as')
const target = join(import.meta.dirname, 'envelope-kernel-code.ts')
const options = [
  ...['--runtime', 'stub', '--use', 'abort=', '--enable', 'simd', '--enable', 'relaxed-simd'],
  ...['-O3', '--converge', '--noAssert', '--initialMemory', '24', '--maximumMemory', '24'],
]

/** What is used of the compiler, whose own types change those of the whole program. */
interface Compiler {
  main(
    options: readonly string[],
    files: {
      readFile(name: string): string | null
      writeFile(name: string, content: unknown): void
      listFiles(): readonly string[]
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: unknown }>
}

/** Compiles the kernel; the same source gives the same text. */
export async function compileEnvelopeKernel(): Promise<string> {
  const { main }: Compiler = await import(import.meta.resolve('assemblyscript/asc'))
  let binary: Uint8Array | undefined
  const { error, stderr } = await main(['kernel.ts', '--outFile', 'kernel.wasm', ...options], {
    readFile: (name) => (name === 'kernel.ts' ? readFileSync(source, 'utf8') : null),
    writeFile(_, content) {
      if (content instanceof Uint8Array) binary = content
    },
    listFiles: () => [],
  })
  if (error || !binary) throw new Error(`${error?.message}\n${stderr}`)
  const chunks =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,90}/g) ?? []
  return [
    '// Compiled from kernel/envelopes.as by pnpm build:kernel.',
    'export const envelopeKernelCode: string =',
    chunks.map((chunk) => `  '${chunk}'`).join(' +\n'),
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(target, await compileEnvelopeKernel())
