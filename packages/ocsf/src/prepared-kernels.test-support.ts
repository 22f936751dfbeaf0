/** `pnpm build:kernels`: the kernels of the default mapping → prepared-kernels.ts and *.wasm. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileKernel, parseFormat, prepareMapping } from '@flowlogs/core'
import { networkActivityMapping } from './network-activity.ts'
import { checkOptions } from './options.ts'

const formats = [
  { format: 'v2', file: 'kernel.wasm' },
  { format: 'v5', file: 'kernel-v5.wasm' },
]

/** What the files of the kernels hold; the same sources give the same bytes. */
export function makeKernelFiles(): ReadonlyMap<string, string | Uint8Array> {
  const built = networkActivityMapping(checkOptions({}))
  const fingerprint = createHash('sha256').update(JSON.stringify(built)).digest('hex')
  const mapping = prepareMapping(() => built, { fingerprint, kernels: new Map() })
  const made = formats.map(({ format, file }) => {
    return { file, format, bytes: compileKernel({ mapping, format }) }
  })
  const code = [
    '// Made by pnpm build:kernels.',
    "import type { PreparedKernels } from '@flowlogs/core'",
    '',
    '/** The kernels of the default mapping. */',
    'export const preparedKernels: PreparedKernels = {',
    `  fingerprint: '${fingerprint}',`,
    '  kernels: new Map([',
    ...made.flatMap(({ format, bytes }) => [
      '    [',
      `      '${parseFormat(format).text}',`,
      '      `',
      ...(Buffer.from(bytes)
        .toString('base64')
        .match(/.{1,96}/g) ?? []),
      '`,',
      '    ],',
    ]),
    '  ]),',
    '}',
    '',
  ].join('\n')
  return new Map<string, string | Uint8Array>([
    ['src/prepared-kernels.ts', code],
    ...made.map(({ file, bytes }) => [file, bytes] as const),
  ])
}

if (import.meta.main) {
  for (const [path, content] of makeKernelFiles()) {
    writeFileSync(join(import.meta.dirname, '..', path), content)
  }
}
