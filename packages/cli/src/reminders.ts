/** What has to be kept in mind when reading flow logs; more of it in docs/flow-logs.md. */
export const reminders: readonly string[] = [
  'Never logged: the Amazon DNS server, Windows licence activation, 169.254.169.254 (instance metadata), 169.254.169.123 (time), DHCP, ARP, mirrored traffic, the reserved address of the VPC router, and traffic between an endpoint and a Network Load Balancer.',
  'A record is one direction of one conversation on one interface in one aggregation interval, 10 minutes at most or 1 minute: counts are of the interval, flags are or-ed over it, and a connection has many records.',
  'Records arrive minutes late, in no order, and more than once. REJECT includes packets that came after the connection was closed.',
  'srcaddr and dstaddr show the primary private address of the interface; pkt-srcaddr and pkt-dstaddr show what was in the packet.',
]
