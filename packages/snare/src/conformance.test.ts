import { describeConformance, describeLanes, parseExactly } from '@flowlogs/conformance'
import { createTransform, fields, presets } from '@flowlogs/core'
import { expectedRecord } from './expected-record.test-support.ts'
import { createSnareMapping } from './index.ts'

const mapping = createSnareMapping()
const clock = () => Date.UTC(2022, 10, 17, 22, 10, 2, 340)

describeConformance({
  name: 'snare',
  golden: (each) => expectedRecord(each, '2022-11-17T22:10:02.34Z'),
  convert: (header, line) => {
    const transform = createTransform({ format: header, mapping, clock, engine: 'object' })
    const { output, rejections } = transform(line, () => ({}))
    const [rejection] = rejections
    return rejection ? { rejection } : (parseExactly(new TextDecoder().decode(output)) as object)
  },
  transform: (format) => createTransform({ format, mapping, clock }),
})

describeLanes({
  name: 'snare',
  fields,
  presets: Object.values(presets),
  convert: (engine, format, input) => createTransform({ format, mapping, clock, engine })(input),
})
