/** What the queries answer to the story, worked out by hand from its records. */

/** A question, and the whole table that answers it. */
export interface ExpectedAnswer {
  readonly query: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly filters?: Readonly<Record<string, string>>
  /** A head and rows, with bars between cells; `-` stands for no value, and a time for one of that day. */
  readonly table: string
}

/** At least one for every query. */
export const expectedAnswers: readonly ExpectedAnswer[] = [
  {
    query: 'summary',
    table: `
records packets bytes accepted rejected nodata skipdata interfaces sources destinations first_record last_record
24 4001251 5000334405 15 7 1 1 5 11 10 08:00:00 12:30:10`,
  },
  {
    query: 'records',
    filters: { action: 'REJECT', dstport: '22' },
    table: `
start_time interface_id srcaddr dstaddr srcport dstport protocol packets bytes action
08:01:01 eni-web 203.0.113.66 10.0.1.10 55000 22 6 1 44 REJECT
09:10:00 eni-bastion 10.0.1.5 10.0.1.11 41002 22 6 2 120 REJECT`,
  },
  {
    query: 'top',
    table: `
srcaddr records packets bytes
10.0.2.20 3 4000060 5000180000
10.0.1.10 5 59 69236
192.0.2.99 1 1000 52000
10.0.1.5 3 92 17120
10.0.3.1 1 9 9000
198.51.100.7 1 10 5000
10.0.0.220 1 7 777
2001:db8:0:0::77 1 5 700
203.0.113.12 1 4 336
203.0.113.66 4 4 176`,
  },
  {
    query: 'top',
    parameters: { of: 'dstport,protocol', by: 'records', limit: '3' },
    table: `
dstport protocol records packets bytes
22 6 4 93 17164
443 6 3 4000015 5000005700
0 1 2 8 672`,
  },
  {
    // Without the records that say that there was no traffic, or that it was lost.
    query: 'top',
    parameters: { of: 'instance_id', by: 'records' },
    table: `
instance_id records packets bytes
i-web 11 87 160748
i-db 4 4001050 5000146000
i-bastion 3 92 17120
i-six 3 15 9760`,
  },
  {
    query: 'top-talkers',
    parameters: { limit: '5' },
    table: `
source destination records packets bytes
10.0.2.20 192.0.2.99 1 4000000 5000000000
10.0.2.20 10.0.1.10 2 60 180000
10.0.1.10 198.51.100.7 1 12 60000
192.0.2.99 10.0.2.20 1 1000 52000
10.0.1.5 10.0.1.10 1 50 9000`,
  },
  {
    query: 'top-talkers',
    filters: { src: '203.0.113.5' },
    table: `
source destination records packets bytes
203.0.113.5 10.0.1.5 1 7 777`,
  },
  {
    query: 'top-talkers',
    parameters: { level: 'interface', by: 'packets', limit: '1' },
    filters: { interface: 'eni-nat' },
    table: `
source destination records packets bytes
10.0.0.220 10.0.1.5 1 7 777`,
  },
  {
    query: 'protocols',
    table: `
protocol name records packets bytes
6 TCP 18 4001231 5000323833
0 0 1 9 9000
17 UDP 1 3 900
1 ICMP 2 8 672`,
  },
  {
    query: 'longest-flows',
    parameters: { limit: '3' },
    table: `
srcaddr dstaddr srcport dstport protocol start_time end_time seconds bytes
10.0.2.20 192.0.2.99 42000 443 6 10:00:00 10:00:59 59 5000000000
192.0.2.99 10.0.2.20 443 42000 6 10:00:00 10:00:59 59 52000
10.0.1.10 10.0.2.20 40001 5432 6 08:00:05 08:00:55 50 4000`,
  },
  {
    query: 'timeline',
    table: `
time records packets bytes accepted rejected
08:00:00 10 126 253176 6 4
09:00:00 3 92 17120 2 1
10:00:00 3 4001003 5000052900 3 0
11:00:00 4 22 10372 3 1
12:00:00 2 8 837 1 1`,
  },
  {
    query: 'timeline',
    parameters: { every: 'minute' },
    filters: { since: '2025-11-21T11:00:00Z', until: '2025-11-21T12:00:00Z' },
    table: `
time records packets bytes accepted rejected
11:00:00 2 8 672 1 1
11:30:00 2 14 9700 2 0`,
  },
  {
    query: 'weekdays',
    filters: { action: 'REJECT', protocol: 'tcp' },
    table: `
weekday records packets bytes accepted rejected
5 6 7 356 0 6`,
  },
  {
    query: 'networks',
    parameters: { limit: '4' },
    table: `
source destination records packets bytes
10 192 1 4000000 5000000000
10 10 10 211 215797
10 198 1 12 60000
192 10 1 1000 52000`,
  },
  {
    query: 'networks',
    parameters: { octets: '3', limit: '1', by: 'records' },
    table: `
source destination records packets bytes
203.0.113 10.0.1 5 8 512`,
  },
  {
    query: 'fan-out',
    parameters: { limit: '3' },
    table: `
srcaddr destinations ports records packets bytes
10.0.1.10 4 4 5 59 69236
10.0.1.5 3 1 3 92 17120
10.0.2.20 2 2 3 4000060 5000180000`,
  },
  {
    query: 'cross-az',
    table: `
from_az to_az records packets bytes
use1-az2 use1-az1 1 30 90000
use1-az1 use1-az2 2 60 12000`,
  },
  {
    query: 'address-families',
    table: `
family action interfaces records packets bytes
EFA ACCEPT 1 1 9 9000
IPv4 ACCEPT 4 13 4001226 5000324013
IPv4 REJECT 2 6 10 632
IPv6 ACCEPT 1 1 5 700
IPv6 REJECT 1 1 1 60`,
  },
  {
    query: 'unusual-hours',
    parameters: { of: 'vpc_id', score: '1.5' },
    table: `
vpc_id hour bytes average hours z_score
vpc-1 10:00:00 5000052900 1000066881 5 2`,
  },
  {
    query: 'rejected-ports',
    table: `
dstport protocol sources destinations records packets bytes
22 6 2 2 2 3 164
0 1 1 1 1 4 336
21 6 1 1 1 1 44
23 6 1 1 1 1 44
3389 6 1 1 1 1 44
8443 6 1 1 1 1 60`,
  },
  {
    query: 'rejected-sources',
    table: `
srcaddr destinations ports records packets bytes first_seen last_seen
203.0.113.66 1 4 4 4 176 08:01:00 08:01:04
10.0.1.10 1 1 1 4 336 11:00:00 11:00:20
10.0.1.5 1 1 1 2 120 09:10:00 09:10:30
2001:db8:ffff::1 1 1 1 1 60 12:00:00 12:00:01`,
  },
  {
    query: 'rejected-paths',
    table: `
srcaddr dstaddr dstport protocol records packets bytes
10.0.1.10 203.0.113.12 0 1 1 4 336`,
  },
  {
    query: 'rejected-paths',
    parameters: { path: 'inbound' },
    table: `
srcaddr dstaddr dstport protocol records packets bytes
203.0.113.66 10.0.1.10 21 6 1 1 44
203.0.113.66 10.0.1.10 22 6 1 1 44
203.0.113.66 10.0.1.10 23 6 1 1 44
203.0.113.66 10.0.1.10 3389 6 1 1 44`,
  },
  {
    query: 'rejected-paths',
    parameters: { path: 'internal' },
    table: `
srcaddr dstaddr dstport protocol records packets bytes
10.0.1.5 10.0.1.11 22 6 1 2 120`,
  },
  {
    query: 'reject-reasons',
    table: `
reject_reason sources destinations records packets bytes
BPA 1 1 1 1 60`,
  },
  {
    query: 'admin-ports',
    table: `
dstport action coming_from sources destinations records packets bytes
22 ACCEPT inside 1 2 2 90 17000
22 REJECT inside 1 1 1 2 120
22 REJECT outside 1 1 1 1 44
23 REJECT outside 1 1 1 1 44
3389 REJECT outside 1 1 1 1 44`,
  },
  {
    query: 'nacl-asymmetry',
    table: `
srcaddr dstaddr srcport dstport protocol let_in refused first_seen
203.0.113.12 10.0.1.10 0 0 1 4 4 11:00:00`,
  },
  {
    query: 'port-scans',
    parameters: { ports: '4' },
    table: `
srcaddr dstaddr hour ports records rejected
203.0.113.66 10.0.1.10 08:00:00 4 4 4`,
  },
  {
    query: 'host-sweeps',
    parameters: { hosts: '3' },
    table: `
srcaddr dstport protocol hour hosts records rejected
10.0.1.5 22 6 09:00:00 3 3 1`,
  },
  {
    query: 'floods',
    table: `
dstaddr dstport protocol minute sources records packets bytes
192.0.2.99 443 6 10:00:00 1 1 4000000 5000000000`,
  },
  {
    query: 'floods',
    parameters: { sources: '1' },
    filters: { dst: '2001:db8::/48' },
    table: `
dstaddr dstport protocol minute sources records packets bytes
2001:db8::10 443 6 11:30:00 1 1 5 700
2001:db8::10 8443 6 12:00:00 1 1 1 60`,
  },
  {
    query: 'exfiltration',
    table: `
source destination bytes_out bytes_in first_seen last_seen
10.0.2.20 192.0.2.99 5000000000 52000 10:00:00 10:00:59`,
  },
  {
    query: 'indicators',
    parameters: {
      addresses: '# seen in March\n203.0.113.0/24,scanners\n192.0.2.99\n\n2001:DB8::77 ; v6\n',
    },
    table: `
indicator srcaddr dstaddr dstport action records packets bytes first_seen last_seen
192.0.2.99 10.0.2.20 192.0.2.99 443 ACCEPT 1 4000000 5000000000 10:00:00 10:00:59
192.0.2.99 192.0.2.99 10.0.2.20 42000 ACCEPT 1 1000 52000 10:00:00 10:00:59
2001:db8::77 2001:db8:0:0::77 2001:db8::10 443 ACCEPT 1 5 700 11:30:00 11:30:30
203.0.113.0/24 10.0.0.220 10.0.1.5 43000 ACCEPT 1 7 777 12:30:00 12:30:10
203.0.113.0/24 10.0.1.10 203.0.113.12 0 REJECT 1 4 336 11:00:00 11:00:20
203.0.113.0/24 203.0.113.12 10.0.1.10 0 ACCEPT 1 4 336 11:00:00 11:00:20
203.0.113.0/24 203.0.113.66 10.0.1.10 21 REJECT 1 1 44 08:01:00 08:01:01
203.0.113.0/24 203.0.113.66 10.0.1.10 22 REJECT 1 1 44 08:01:01 08:01:02
203.0.113.0/24 203.0.113.66 10.0.1.10 23 REJECT 1 1 44 08:01:02 08:01:03
203.0.113.0/24 203.0.113.66 10.0.1.10 3389 REJECT 1 1 44 08:01:03 08:01:04`,
  },
  {
    query: 'one-way',
    table: `
srcaddr dstaddr dstport protocol records packets bytes first_seen last_seen
10.0.0.220 10.0.1.5 43000 6 1 7 777 12:30:00 12:30:10
10.0.1.10 10.0.9.9 514 17 1 3 900 10:30:00 10:30:05
10.0.1.5 10.0.1.10 22 6 1 50 9000 09:00:00 09:00:30
10.0.1.5 10.0.2.20 22 6 1 40 8000 09:05:00 09:05:30
2001:db8:0:0::77 2001:db8::10 443 6 1 5 700 11:30:00 11:30:30`,
  },
  {
    query: 'exposed-ports',
    table: `
dstport protocol dstaddr sources records packets bytes
0 1 10.0.1.10 1 1 4 336
443 6 10.0.1.10 1 1 10 5000`,
  },
  {
    query: 'lateral-movement',
    table: `
srcaddr hosts ports records rejected first_seen last_seen
10.0.1.5 3 1 3 1 09:00:00 09:10:30`,
  },
  {
    query: 'first-seen',
    parameters: { after: '2025-11-21T09:00:00Z' },
    table: `
first_seen srcaddr dstaddr dstport records last_seen
09:00:00 10.0.1.5 10.0.1.10 22 1 09:00:30
09:05:00 10.0.1.5 10.0.2.20 22 1 09:05:30
10:00:00 10.0.2.20 192.0.2.99 443 1 10:00:59
10:30:00 10.0.1.10 10.0.9.9 514 1 10:30:05
11:00:00 203.0.113.12 10.0.1.10 0 1 11:00:20
11:30:00 10.0.3.1 10.0.3.2 0 1 11:30:30
11:30:00 2001:db8:0:0::77 2001:db8::10 443 1 11:30:30`,
  },
  {
    query: 'coverage',
    parameters: { expect: 'eni-web,eni-silent' },
    table: `
recorder vpc_id records nodata skipdata first_record last_record longest_gap
eni-bastion vpc-1 4 1 0 09:00:00 12:11:00 10770
eni-db vpc-1 5 0 1 08:00:05 12:21:00 8341
eni-nat vpc-1 1 0 0 12:30:00 12:30:10 0
eni-silent - 0 0 0 - - -
eni-six vpc-1 3 0 0 11:30:00 12:00:01 1770
eni-web vpc-1 11 0 0 08:00:00 11:00:20 8936`,
  },
  {
    query: 'gaps',
    parameters: { seconds: '8000' },
    table: `
recorder silent_from silent_until seconds
eni-bastion 09:10:30 12:10:00 10770
eni-web 08:01:04 10:30:00 8936
eni-db 10:00:59 12:20:00 8341`,
  },
  {
    query: 'lost-records',
    table: `
recorder hour skipdata first_lost last_lost
eni-db 12:00:00 1 12:20:00 12:21:00`,
  },
]

/** Every filter, and how many of the 24 records it leaves. */
export const expectedCounts: readonly (readonly [
  filters: Readonly<Record<string, string>>,
  records: number,
])[] = [
  [{ since: '2025-11-21T12:00:00Z' }, 4],
  [{ until: '2025-11-21T08:00:05Z' }, 2],
  [{ last: '31m' }, 4],
  [{ action: 'ACCEPT' }, 15],
  [{ action: '!ACCEPT' }, 9],
  [{ direction: 'ingress' }, 11],
  [{ src: '10.0.1.0/24' }, 8],
  [{ dst: '10.0.2.20' }, 4],
  [{ address: '10.0.2.20,192.0.2.0/24' }, 7],
  [{ address: '!0.0.0.0/0' }, 4],
  [{ srcport: '443' }, 3],
  [{ dstport: '443, 22' }, 7],
  [{ port: '443' }, 6],
  [{ protocol: '17,icmp' }, 3],
  [{ interface: 'eni-db,eni-nat' }, 6],
  [{ instance: '!i-web' }, 13],
  [{ subnet: 'subnet-2' }, 5],
  [{ vpc: '!vpc-1' }, 0],
  [{ account: '123456789012' }, 0],
  [{ where: 'bytes BETWEEN 700 AND 9000' }, 9],
  [{ src: '10.0.0.0/8', dst: '!10.0.0.0/8', action: 'ACCEPT' }, 2],
]
