/** `pnpm bench`: measures, prints, and judges. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { program } from 'commander'
import { judge } from './bars.ts'
import { measureColdStarts } from './cold-start.ts'
import { comparisonsOf, streamComparison } from './comparisons.ts'
import { type CorpusName, createCorpus } from './corpus.ts'
import { otlpComparison } from './otlp-comparison.ts'
import { writeResults } from './readme.ts'
import { describeMachine, type Report, toMarkdown, toText } from './report.ts'
import { type Comparison, type Effort, measure } from './runner.ts'

program
  .name('bench')
  .description('How fast the packages are, as ratios measured in one process.')
  .option('--quick', 'few lines and rounds: says whether it works, not how fast it is')
  .option('--only <pattern>', 'only comparisons whose name matches, such as bench-v2')
  .option('--json <file>', 'write everything that was measured to a file')
  .option('--write', 'put the results into the README of this package')
  .option('--check', 'fail when a bar is missed')
  .action(run)
  .parse()

function run(options: {
  quick?: true
  only?: string
  json?: string
  write?: true
  check?: true
}): void {
  const effort: Effort = options.quick
    ? { warmUp: 5, rounds: 9, turn: 3 }
    : { warmUp: 25, rounds: 50, turn: 8 }
  const pattern = new RegExp(options.only ?? '')
  const names: readonly CorpusName[] = ['v2', 'v5']
  const comparisons = names.flatMap((name): Comparison[] => [
    ...comparisonsOf(name, createCorpus(name, options.quick ? 5 : 50, 2_000)),
    otlpComparison(name, createCorpus(name, options.quick ? 5 : 50, 2_000)),
    streamComparison(name, createCorpus(name, options.quick ? 1 : 5, 20_000)),
  ])
  const results = comparisons
    .filter(({ name }) => pattern.test(name))
    .map((comparison) => {
      if (process.stderr.isTTY) process.stderr.write(`${comparison.title} …\n`)
      return measure(comparison, effort)
    })
  const coldStarts = pattern.test('cold-start') ? measureColdStarts(options.quick ? 3 : 15) : []
  const report: Report = {
    machine: describeMachine(),
    results,
    coldStarts,
    bars: judge(results, coldStarts),
  }
  console.log(toText(report))
  if (options.json) {
    // pnpm runs scripts in the folder of their package.
    const file = resolve(process.env.INIT_CWD ?? '.', options.json)
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  }
  if (options.write) writeResults(resolve(import.meta.dirname, '../README.md'), toMarkdown(report))
  if (options.check && report.bars.some(({ isMet }) => !isMet)) process.exitCode = 1
}
