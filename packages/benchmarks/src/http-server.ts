/** The HTTP transform in a process of its own, so that only its work is counted. */
import { createTransform, recordMapping } from '@flowlogs/core'
import { createHttpTransform, createRelay } from '@flowlogs/http'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { serve } from '@hono/node-server'

/** What it is told, as JSON in its first argument. */
export interface ServerSettings {
  readonly to: 'records' | 'ocsf'
  /** The next hop; without one, it responds. */
  readonly relayTo?: string
  readonly carry?: readonly string[]
  readonly id?: string
}

const settings: ServerSettings = JSON.parse(process.argv[2] ?? '')
const { to, relayTo: url, carry = [], id } = settings
const mapping = to === 'ocsf' ? createOcsfMapping() : recordMapping
const handle = createHttpTransform({
  transform: createTransform({ mapping, index: url !== undefined }),
  output: url === undefined ? 'respond' : createRelay({ url, deadLetter: async () => {} }),
  carry,
  ...(id !== undefined && { id }),
})
serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.(port))
process.on('disconnect', () => process.exit())
