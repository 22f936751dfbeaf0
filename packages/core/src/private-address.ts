import { createNetworkTest } from './network.ts'

let isInside: ((address: string) => boolean) | undefined

/** Whether an address is one that no one routes on the internet: RFC 1918, 6598, 3927, 4193 and 4291. */
export function isPrivate(address: string): boolean {
  // Few programs ask, and all of them would wait for it.
  isInside ??= createNetworkTest([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '169.254.0.0/16',
    'fc00::/7',
    'fe80::/10',
  ])
  return isInside(address)
}
