import { expect, test } from 'vitest'
import { trafficPaths } from './traffic-path.ts'

test('every traffic path of egress traffic has a caption', () => {
  expect(trafficPaths).toEqual({
    1: 'Through another resource in the same VPC',
    2: 'Through an internet gateway or a gateway VPC endpoint',
    3: 'Through a virtual private gateway',
    4: 'Through an intra-region VPC peering connection',
    5: 'Through an inter-region VPC peering connection',
    6: 'Through a local gateway',
    7: 'Through a gateway VPC endpoint (Nitro-based instances only)',
    8: 'Through an internet gateway (Nitro-based instances only)',
  })
})
