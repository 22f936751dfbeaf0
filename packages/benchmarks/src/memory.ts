/** `pnpm bench:memory`: whether a stream needs more memory, or more time per line, when there is more to read. */
import { execFileSync } from 'node:child_process'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createCorpus } from './corpus.ts'

const chunkSize = 256 * 1024
const mebibyte = 1024 * 1024
const sizes = [1, 64, 2048]

/** Streams `size` bytes of repeated lines, which are never all in memory. */
function stream(size: number): { lines: number; written: number; peak: number; time: number } {
  const block = Buffer.concat(createCorpus('v5', 4, 2_000).map(({ bytes }) => bytes))
  const before = process.cpuUsage()
  const session = createTransform({ format: 'v5', mapping: createOcsfMapping() }).stream()
  const chunk = Buffer.alloc(chunkSize)
  let lines = 0
  let written = 0
  const count = ({ ledger, output }: ReturnType<typeof session.write>) => {
    lines += ledger.lines
    written += output.length
  }
  for (let position = 0; position < size; position += chunkSize) {
    for (let filled = 0; filled < chunkSize; ) {
      filled += block.copy(chunk, filled, (position + filled) % block.length)
    }
    count(session.write(chunk))
  }
  count(session.end())
  const { user, system } = process.cpuUsage(before)
  const time = ((user + system) * 1000) / lines
  return { lines, written, peak: process.resourceUsage().maxRSS / 1024, time }
}

const [size] = process.argv.slice(2)
if (size !== undefined) console.log(JSON.stringify(stream(Number(size))))
else {
  console.log(`v5 → OCSF 1.1.0 through transform.stream, chunks of ${chunkSize / 1024} KiB`)
  for (const mebibytes of sizes) {
    const printed = execFileSync(process.execPath, [
      ...process.execArgv,
      import.meta.filename,
      String(mebibytes * mebibyte),
    ])
    const { lines, written, peak, time } = JSON.parse(printed.toString())
    console.log(
      `${String(mebibytes).padStart(5)} MiB in, ${lines} lines, ${(written / mebibyte).toFixed(0)} MiB out: peak ${peak.toFixed(0)} MiB, ${time.toFixed(0)} ns of CPU per line`,
    )
  }
}
