import { describeConformance } from '@flowlogs/conformance'
import { createMapper, createParser, createTransform, isRejection, recordMapping } from './index.ts'

describeConformance({
  name: 'core',
  golden: 'record',
  convert: (header, line) => {
    const record = createParser(header).parse(line)
    return isRejection(record) ? { rejection: record } : record
  },
  map: (header, record, context) => {
    const mapped = createMapper(recordMapping, header)(record, context)
    return 'event' in mapped ? mapped.event : mapped
  },
  transform: (format) => createTransform({ format, mapping: recordMapping }),
})
