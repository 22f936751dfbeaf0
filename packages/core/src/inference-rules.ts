/** The rules of format inference, by name: what each says, and whether AWS documents it. */

/** Why a field was struck off for a column. */
export type InferenceRule =
  | 'shape'
  | 'never-absent'
  | 'one-version'
  | 'version'
  | 'family'
  | 'one-place'
  | 'elimination'
  | 'counts'
  | 'times'
  | 'least'
  | 'no-ports'
  | 'flags'
  | 'path'
  | 'reason'
  | 'sublocation'
  | 'service'
  | 'arn'
  | 'belongs'
  | 'no-data'
  | 'own-address'
  | 'published'
  | 'looks-telling'
  | 'changes-at-interface'
  | 'too-many-numbers'
  | 'looks-alike'
  | 'typical-numbers'
  | 'small-flows'
  | 'always-recorded'
  | 'same-side'
  | 'client-port'
  | 'version-column'

/** What a rule says. */
export interface RuleText {
  /** `documented`: AWS's documentation says so. `presumed`: true of any flow log we know of. */
  readonly ground: 'documented' | 'presumed'
  readonly says: string
}

/** Every rule; a presumption is never used under `strict`, and named where it was. */
export const inferenceRules: Readonly<Record<InferenceRule, RuleText>> = {
  shape: documented('a value does not look like one of this field'),
  'never-absent': documented('version, start, end and log-status are never -'),
  'one-version': documented('all records of a flow log have one version'),
  version: documented('version is the highest among the versions of the fields'),
  family: documented(
    'a field of Transit Gateway flow logs never stands beside one of VPC flow logs',
  ),
  'one-place': documented('a field stands in one column'),
  elimination: documented('with this field here, some column would be left without one'),
  counts: documented('a record has no more packets than bytes'),
  times: documented('start is not after end'),
  least: documented('a record has a packet at least, and a packet 20 bytes'),
  'no-ports': documented('ICMP has no ports, which are then 0'),
  flags: documented('only TCP (6) has TCP flags'),
  path: documented('traffic-path is there for egress only'),
  reason: documented('reject-reason is there for REJECT only'),
  sublocation: documented('sublocation-type and sublocation-id are there together'),
  service: documented('an address of an AWS service is public'),
  arn: documented('an ARN ends with the id or name that its field repeats'),
  belongs: documented('an interface is in one subnet, a subnet in one zone and one VPC'),
  'no-data': documented('NODATA and SKIPDATA records describe no traffic'),
  'own-address': documented('an interface is recorded with its primary private IPv4 address'),
  published: presumed('the value is none of those that AWS has published'),
  'looks-telling': presumed('free text would not look like this'),
  'changes-at-interface': presumed('tags and names do not change at an interface'),
  'too-many-numbers': presumed('tags and names are not many different numbers'),
  'looks-alike': presumed('what looks like a time, or an account, on line after line is one'),
  'typical-numbers': presumed('many protocol numbers, or many TCP flags, are just that'),
  'small-flows': presumed('among many flows some have fewer than 20 packets'),
  'always-recorded': presumed('what every recorded flow has is not - beside an address'),
  'same-side': presumed(
    'columns that mostly hold the same address are both source or both destination',
  ),
  'client-port': presumed('a TCP client that opens a connection does not call from a service port'),
  'version-column': presumed('a constant number that agrees with the newest field is the version'),
}

function documented(says: string): RuleText {
  return { ground: 'documented', says }
}

function presumed(says: string): RuleText {
  return { ground: 'presumed', says }
}
