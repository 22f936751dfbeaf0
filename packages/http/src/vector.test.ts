import { describe } from 'vitest'
import { describeChain } from './chain-suite.test-support.ts'
import { startVectorStandIn } from './vector-stand-in.test-support.ts'

describe('vector.yaml with a stand-in for Vector', () => {
  // With the real one, in vector.peers.test.ts, it is a minute.
  describeChain(startVectorStandIn, { downSeconds: 6 })
})
