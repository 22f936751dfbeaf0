import { join } from 'node:path'
import { describeReadme } from '@flowlogs/conformance'

// The front page imports two packages; this is the example that has both.
const here = import.meta.dirname
describeReadme(join(here, '../../..'), join(here, '..'))
