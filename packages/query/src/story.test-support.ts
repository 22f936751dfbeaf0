/**
 * A morning at a small company, record by record: what the queries are asked about, and few enough
 * records that every answer can be worked out by hand.
 */

/** The format of the lines. */
export const storyFormat =
  'interface-id vpc-id subnet-id instance-id az-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags type pkt-srcaddr pkt-dstaddr flow-direction reject-reason next-hop-az-id'

/** Of each interface: VPC, subnet, instance, zone. */
const interfaces: Readonly<Record<string, string>> = {
  'eni-web': 'vpc-1 subnet-1 i-web use1-az1',
  'eni-db': 'vpc-1 subnet-2 i-db use1-az2',
  'eni-bastion': 'vpc-1 subnet-1 i-bastion use1-az1',
  'eni-six': 'vpc-1 subnet-1 i-six use1-az1',
  'eni-nat': 'vpc-1 subnet-1 - use1-az1',
}

// time +seconds interface source destination protocol packets bytes verdict flags direction others
const records = `
A client on the internet visits the web server.
08:00:00 +10 eni-web 198.51.100.7|50001 10.0.1.10|443 6 10 5000 ACCEPT 2 ingress
08:00:00 +12 eni-web 10.0.1.10|443 198.51.100.7|50001 6 12 60000 ACCEPT 18 egress
The web server asks the database in another zone; both interfaces record it.
08:00:05 +50 eni-web 10.0.1.10|40001 10.0.2.20|5432 6 20 4000 ACCEPT 2 egress
08:00:05 +50 eni-db 10.0.1.10|40001 10.0.2.20|5432 6 20 4000 ACCEPT 2 ingress
08:00:06 +49 eni-db 10.0.2.20|5432 10.0.1.10|40001 6 30 90000 ACCEPT 18 egress
08:00:06 +49 eni-web 10.0.2.20|5432 10.0.1.10|40001 6 30 90000 ACCEPT 18 ingress
A scanner tries four ports.
08:01:00 +1 eni-web 203.0.113.66|55000 10.0.1.10|21 6 1 44 REJECT 2 ingress
08:01:01 +1 eni-web 203.0.113.66|55000 10.0.1.10|22 6 1 44 REJECT 2 ingress
08:01:02 +1 eni-web 203.0.113.66|55000 10.0.1.10|23 6 1 44 REJECT 2 ingress
08:01:03 +1 eni-web 203.0.113.66|55000 10.0.1.10|3389 6 1 44 REJECT 2 ingress
The bastion goes from host to host.
09:00:00 +30 eni-bastion 10.0.1.5|41000 10.0.1.10|22 6 50 9000 ACCEPT 2 egress
09:05:00 +30 eni-bastion 10.0.1.5|41001 10.0.2.20|22 6 40 8000 ACCEPT 2 egress next-hop=use1-az2
09:10:00 +30 eni-bastion 10.0.1.5|41002 10.0.1.11|22 6 2 120 REJECT 2 egress
Five gigabytes leave the database.
10:00:00 +59 eni-db 10.0.2.20|42000 192.0.2.99|443 6 4000000 5000000000 ACCEPT 2 egress
10:00:00 +59 eni-db 192.0.2.99|443 10.0.2.20|42000 6 1000 52000 ACCEPT 18 ingress
Nobody is there to take the logs.
10:30:00 +5 eni-web 10.0.1.10|5140 10.0.9.9|514 17 3 900 ACCEPT 0 egress
A ping is let in, and its answer refused.
11:00:00 +20 eni-web 203.0.113.12|0 10.0.1.10|0 1 4 336 ACCEPT 0 ingress
11:00:00 +20 eni-web 10.0.1.10|0 203.0.113.12|0 1 4 336 REJECT 0 egress
IPv6, a fabric adapter, and Block Public Access.
11:30:00 +30 eni-six 2001:db8:0:0::77|52000 2001:db8::10|443 6 5 700 ACCEPT 2 ingress type=IPv6
11:30:00 +30 eni-six 10.0.3.1|0 10.0.3.2|0 0 9 9000 ACCEPT 0 egress type=EFA
12:00:00 +1 eni-six 2001:db8:ffff::1|52001 2001:db8::10|8443 6 1 60 REJECT 2 ingress type=IPv6 reason=BPA
Nothing to tell, and something lost.
12:10:00 +60 eni-bastion NODATA
12:20:00 +60 eni-db SKIPDATA
An answer on its way back through the NAT gateway.
12:30:00 +10 eni-nat 10.0.0.220|443 10.0.1.5|43000 6 7 777 ACCEPT 18 egress from=203.0.113.5 to=10.0.1.5
`

/** The day of the story. */
export const day = '2025-11-21'

/** The lines. */
export const storyLines: readonly string[] = records
  .split('\n')
  .filter((line) => /^\d/.test(line))
  .map(toLine)

function toLine(line: string): string {
  const [time, seconds, id = '', ...words] = line.split(' ')
  const start = Date.parse(`${day}T${time}Z`) / 1000
  const end = start + Number(seconds)
  const place = `${id} ${interfaces[id]}`
  if (words.length === 1) {
    return `${place} - - - - - - - ${start} ${end} - ${words[0]} - - - - - - -`
  }
  const [from = '', to = '', protocol, packets, bytes, action, flags, direction, ...rest] = words
  const others = Object.fromEntries(rest.map((each) => each.split('=')))
  const [srcaddr, srcport] = from.split('|')
  const [dstaddr, dstport] = to.split('|')
  return [
    place,
    srcaddr,
    dstaddr,
    srcport,
    dstport,
    protocol,
    packets,
    bytes,
    start,
    end,
    action,
    'OK',
    flags,
    others.type ?? 'IPv4',
    others.from ?? '-',
    others.to ?? '-',
    direction,
    others.reason ?? '-',
    others['next-hop'] ?? '-',
  ].join(' ')
}
