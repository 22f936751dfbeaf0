/** What the tests of the envelope kernel have in common. */
import { createTransform, recordMapping, type Transform } from '@flowlogs/core'
import fc from 'fast-check'
import { expect, vi } from 'vitest'

/** Handlers as they are where there is no WebAssembly. */
export async function loadWithoutWebAssembly(): Promise<
  typeof import('./firehose-endpoint.ts') & typeof import('./unwrap.ts')
> {
  vi.stubGlobal('WebAssembly', undefined)
  vi.resetModules()
  const { takeKernel } = await import('./envelope-kernel.ts')
  expect(takeKernel()).toBeUndefined()
  const loaded = {
    ...(await import('./firehose-endpoint.ts')),
    ...(await import('./unwrap.ts')),
  }
  vi.unstubAllGlobals()
  vi.resetModules()
  return loaded
}

/** A line of version 2. */
export const line: string =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
/** What lines become, and where each of them was. */
export const transform: Transform = createTransform({ mapping: recordMapping, index: true })

/** Lines as they come, and of every length. */
export const plainLine: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 1e9 }).map((bytes) => line.replace('4249', String(bytes))),
  fc
    .string({ minLength: 1, maxLength: 90 })
    .filter((text) => /^[!-z|}~][ -~]*$/.test(text) && !/["\\]/.test(text)),
  fc.constantFrom('2', line.repeat(200), 'version account-id srcaddr', 'CWL CONTROL MESSAGE', '#'),
)
/** Messages that say what they say in another way, or something else. */
export const oddLine: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    ' ',
    ` ${line}`,
    `${line}\n${line}`,
    `${line}\n`,
    '{',
    '{"a":1}',
    ' {"a":1}',
    ' {',
    'a"b',
    'a\\b',
    '\u007f',
    'é',
    '\0',
  ),
)
