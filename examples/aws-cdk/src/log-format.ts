import { parseFormat } from '@flowlogs/core'

/** The `LogFormat` of the flow logs and of whatever reads them: all fields up to version 5. */
export const logFormat: string = parseFormat('v5')
  .columns.map(({ name }) => `\${${name}}`)
  .join(' ')
