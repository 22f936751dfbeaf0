import { resolve } from 'node:path'
import { describeReadme } from '@flowlogs/conformance'

describeReadme(resolve(import.meta.dirname, '..'))
