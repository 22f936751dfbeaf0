/**
 * `pnpm fuzz:lines`: a million generated lines, 50,000 of each of 20 formats, with every version and
 * set of options in turn. The kernel must write what the reference writes, and take every line that
 * the portable engine takes. Exits with 1 otherwise.
 */
import { createLineGenerator, createRandom, isClean, laneDifference } from '@flowlogs/conformance'
import { createTransform, type TransformResult } from '@flowlogs/core'
import { choices, filter, formats, headerOf, origin } from './formats.test-support.ts'
import { createOcsfMapping } from './index.ts'

const linesPerFormat = 50_000
const linesAtOnce = 5_000

let lines = 0
let taken = 0
const findings: string[] = []

for (const [index, columns] of formats.entries()) {
  const format = headerOf(columns)
  const generate = createLineGenerator(columns, createRandom(9000 + index))
  const from = index % 2 === 0 ? undefined : origin
  for (let done = 0; done < linesPerFormat; done += linesAtOnce) {
    const options = choices[(index * 7 + done / linesAtOnce) % choices.length]
    const mapping = createOcsfMapping(options)
    const convert = (engine: 'kernel' | 'object', input: string): TransformResult =>
      createTransform({
        mapping,
        format,
        engine,
        filter: index % 3 === 0 ? filter : [],
        index: true,
        clock: () => 1_763_700_062_345,
      })(input, from)
    const values = Array.from({ length: linesAtOnce }, generate)
    const input = values.map((each) => each.join(' ')).join('\n')
    const kernel = convert('kernel', input)
    const object = convert('object', input)
    const difference = laneDifference(kernel, object)
    if (difference) findings.push(`format ${index} with ${JSON.stringify(options)}: ${difference}`)
    const rejected = new Set(object.rejections.map((rejection) => rejection.origin?.line))
    const clean = values.filter((each, at) => isClean(columns, each) && !rejected.has(at + 1))
    const missing = clean.length - (kernel.ledger.lanes.kernel ?? 0)
    if (missing > 0) findings.push(`format ${index}: ${missing} clean lines were given up`)
    lines += linesAtOnce
    taken += kernel.ledger.lanes.kernel ?? 0
  }
}

for (const finding of findings) console.log(finding)
console.log(`${lines} lines, ${taken} of them the kernel's, ${findings.length} findings`)
process.exitCode = findings.length > 0 || taken < lines / 2 ? 1 : 0
