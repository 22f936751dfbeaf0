const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const

/** The name of one TCP flag. */
export type TcpFlag = (typeof names)[number]

/**
 * The flags in a `tcp_flags` bitmask, lowest bit first. VPC flow logs report only FIN, SYN, RST, and
 * ACK as part of SYN-ACK; Transit Gateway also PSH, ACK and URG. 0 means none of these were seen.
 */
export function tcpFlagNames(flags: number): readonly TcpFlag[] {
  return names.filter((_, bit) => (flags >> bit) & 1)
}
