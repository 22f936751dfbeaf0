import { describeConformance, describeLanes, parseExactly } from '@flowlogs/conformance'
import { createTransform, fields, presets } from '@flowlogs/core'
import { expectedDocument } from './expected-document.test-support.ts'
import { createEcsMapping } from './index.ts'

const mapping = createEcsMapping({})

describeConformance({
  name: 'ecs',
  golden: expectedDocument,
  convert: (header, line) => {
    const transform = createTransform({ format: header, mapping, engine: 'object' })
    const { output, rejections } = transform(line, () => ({}))
    const [rejection] = rejections
    return rejection ? { rejection } : (parseExactly(new TextDecoder().decode(output)) as object)
  },
  transform: (format) => createTransform({ format, mapping }),
})

describeLanes({
  name: 'ecs',
  fields,
  presets: Object.values(presets),
  convert: (engine, format, input) => createTransform({ format, mapping, engine })(input),
})
