/** The naive program as a process of its own: a file of v2 lines → OCSF events on standard output. */
import { createReadStream, writeSync } from 'node:fs'
import { parseFormat } from '@flowlogs/core'
import { createNaive } from './naive.ts'
import { createOcsfEvent } from './ocsf-event.ts'

const keys = parseFormat('v2').columns.map(({ key }) => key)
const convert = createNaive(keys, createOcsfEvent('v2'))
const stream = createReadStream(process.argv[2] ?? '', { highWaterMark: 256 * 1024 })
let carry: Buffer = Buffer.alloc(0)
for await (const chunk of stream as AsyncIterable<Buffer>) {
  const end = chunk.lastIndexOf(10) + 1
  write(convert(Buffer.concat([carry, chunk.subarray(0, end)])))
  carry = chunk.subarray(end)
}
write(convert(carry))

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
}
