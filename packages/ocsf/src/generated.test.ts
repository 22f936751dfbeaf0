import { createJudge, createLineGenerator, createRandom, randomFormat } from '@flowlogs/conformance'
import { createTransform, fields, findField, presets } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { createOcsfMapping, ocsfVersions } from './index.ts'

const lineCount = 10_000

/** Formats with lines of each: the presets, and as many random ones. */
function generate(): readonly { readonly format: string; readonly lines: string }[] {
  const random = createRandom(20_261_122)
  const formats = Object.values(presets).map((format) =>
    format.split(' ').map((name) => ({ name, kind: findField(name)?.kind ?? 'text' })),
  )
  const all = [...formats, ...formats.map(() => randomFormat(fields, random))]
  return all.map((columns, index) => {
    const generator = createLineGenerator(columns, random)
    const share = Math.ceil((lineCount - index) / all.length)
    const lines = Array.from({ length: share }, () => generator().join(' '))
    return { format: columns.map(({ name }) => name).join(' '), lines: lines.join('\n') }
  })
}

const generated = generate()

test.each(ocsfVersions)(
  '10,000 generated lines give valid events of %s',
  { timeout: 60_000 },
  (version) => {
    const judge = createJudge(version)
    const counts = { lines: 0, emitted: 0 }
    const complaints: string[] = []
    for (const { format, lines } of generated) {
      const transform = createTransform({ format, mapping: createOcsfMapping({ version }) })
      const { output, ledger, rejections } = transform(lines)
      counts.lines += ledger.lines
      counts.emitted += ledger.emitted
      // The parser takes every generated line; only a version may be unable to express one.
      for (const { code } of rejections) expect(['no_time', 'no_endpoint']).toContain(code)
      for (const event of new TextDecoder().decode(output).trimEnd().split('\n')) {
        if (event !== '')
          complaints.push(...judge(JSON.parse(event)).map((each) => `${each}: ${event}`))
      }
    }
    expect(complaints.slice(0, 3)).toEqual([])
    expect(counts.lines).toBe(lineCount)
    expect(counts.emitted).toBeGreaterThan(lineCount / 2)
  },
)
