import { resolve } from 'node:path'
import { describeReadme } from '@flowlogs/conformance'

// The examples put packages together, which only the command line may import.
describeReadme(resolve(import.meta.dirname, '..'), resolve(import.meta.dirname, '../../cli'))
