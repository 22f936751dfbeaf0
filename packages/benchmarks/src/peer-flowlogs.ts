/** flowlogs with the bench mapping, as a process of its own: a file of v2 lines → standard output. */
import { openSync, readSync, writeSync } from 'node:fs'
import { createTransform, type TransformResult } from '@flowlogs/core'
import { benchMapping } from './bench-mapping.ts'

const transform = createTransform({ mapping: benchMapping('v2'), reuseOutput: true })
const session = transform.stream()
const descriptor = openSync(process.argv[2] ?? '', 'r')
const block = new Uint8Array(256 * 1024)
for (let length = read(); length > 0; length = read())
  write(session.write(block.subarray(0, length)))
write(session.end())

function read(): number {
  return readSync(descriptor, block, 0, block.length, null)
}

function write({ output }: TransformResult): void {
  for (let at = 0; at < output.length; ) at += writeSync(1, output, at)
}
