/**
 * The project's own JSON Schema (draft 2020-12) of what it writes of OCSF Network Activity, class
 * 4001: only the attributes that a mapping from flow logs may emit, each with the version and
 * the profile that brought it, per https://schema.ocsf.io. Stricter than OCSF where we promise
 * more: an id never comes without its caption, and nothing stands for no value.
 */
import {
  type Attribute,
  captioned,
  constant,
  implies,
  list,
  nested,
  type ObjectType,
  schemaOf,
} from './schema-table.ts'

/** The OCSF versions that there is a schema for. */
export const ocsfVersions = ['1.1.0', '1.3.0', '1.5.0', '1.8.0'] as const

/** An OCSF version. */
export type OcsfVersion = (typeof ocsfVersions)[number]

/** A JSON Schema document, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown }

const activities = {
  0: 'Unknown',
  1: 'Open',
  2: 'Close',
  3: 'Reset',
  4: 'Fail',
  5: 'Refuse',
  6: 'Traffic',
  7: { caption: 'Listen', since: 3 },
  99: 'Other',
}

const actions = {
  0: 'Unknown',
  1: 'Allowed',
  2: 'Denied',
  3: { caption: 'Observed', since: 4 },
  4: { caption: 'Modified', since: 4 },
  99: 'Other',
}

// The verdicts that a flow log can hold; OCSF has more.
const dispositions = { 0: 'Unknown', 1: 'Allowed', 2: 'Blocked', 99: 'Other' }

const directions = {
  0: 'Unknown',
  1: 'Inbound',
  2: 'Outbound',
  3: 'Lateral',
  4: { caption: 'Local', since: 7 },
  99: 'Other',
}

const boundaries = {
  0: 'Unknown',
  1: 'Localhost',
  2: 'Internal',
  3: 'External',
  4: 'Same VPC',
  5: 'Internet/VPC Gateway',
  6: 'Virtual Private Gateway',
  7: 'Intra-region VPC',
  8: 'Inter-region VPC',
  9: 'Local Gateway',
  10: 'Gateway VPC',
  11: 'Internet Gateway',
  99: 'Other',
}

const protocolVersions = {
  0: 'Unknown',
  4: 'Internet Protocol version 4 (IPv4)',
  6: 'Internet Protocol version 6 (IPv6)',
  99: 'Other',
}

const observationPoints = {
  0: 'Unknown',
  1: 'Source',
  2: 'Destination',
  3: 'Neither',
  4: 'Both',
  99: 'Other',
}

const metadata: ObjectType = {
  attributes: {
    version: { type: 'version', required: true },
    profiles: { type: 'profiles', required: true },
    product: {
      type: nested({
        name: { type: constant('Amazon VPC'), required: true },
        vendor_name: { type: constant('AWS'), required: true },
        version: { type: 'text' },
        feature: {
          type: nested({ name: { type: constant('Flowlogs'), required: true } }),
          required: true,
        },
      }),
      required: true,
    },
    uid: { type: 'uid' },
    log_name: { type: 'text' },
    log_provider: { type: 'text' },
    log_version: { type: 'text' },
    log_format: { type: 'text', since: 7 },
    logged_time: { type: 'milliseconds' },
    original_time: { type: 'text' },
    original_event_uid: { type: 'text', since: 7 },
    processed_time: { type: 'milliseconds' },
  },
}

const cloud: ObjectType = {
  attributes: {
    provider: { type: constant('AWS'), required: true },
    account: {
      type: nested({
        uid: { type: 'text', required: true },
        type_id: { type: captioned('type', { 10: 'AWS Account' }), required: true },
      }),
    },
    region: { type: 'text' },
    zone: { type: 'text' },
  },
}

const connectionInfo: ObjectType = {
  attributes: {
    direction_id: { type: captioned('direction', directions), required: true },
    protocol_num: { type: 'byte' },
    protocol_name: { type: 'text' },
    protocol_ver_id: { type: captioned('protocol_ver', protocolVersions) },
    tcp_flags: { type: 'byte' },
    boundary_id: { type: captioned('boundary', boundaries) },
    community_uid: { type: 'communityId', since: 4 },
  },
}

const endpoint: ObjectType = {
  attributes: {
    ip: { type: 'ip' },
    intermediate_ips: { type: list('ip') },
    port: { type: 'port' },
    svc_name: { type: 'text' },
    uid: { type: 'text' },
    interface_uid: { type: 'text' },
    instance_uid: { type: 'text' },
    subnet_uid: { type: 'text' },
    vpc_uid: { type: 'text' },
    container: {
      type: nested({ uid: { type: 'text', required: true } }),
      profile: 'container',
    },
    proxy_endpoint: {
      type: nested({
        ip: { type: 'ip' },
        uid: { type: 'text' },
        interface_uid: { type: 'text' },
        instance_uid: { type: 'text' },
        subnet_uid: { type: 'text' },
        vpc_uid: { type: 'text' },
      }),
    },
  },
  atLeastOne: ['ip', 'uid', 'svc_name', 'instance_uid', 'interface_uid'],
}

const observable: ObjectType = {
  attributes: {
    name: { type: 'observablePath', required: true },
    type_id: {
      type: captioned('type', { 2: 'IP Address', 10: 'Resource UID' }),
      required: true,
    },
    value: { type: 'text', required: true },
  },
}

const networkActivity: Readonly<Record<string, Attribute>> = {
  activity_id: { type: captioned('activity_name', activities), required: true },
  category_uid: { type: constant(4), required: true },
  category_name: { type: constant('Network Activity'), required: true },
  class_uid: { type: constant(4001), required: true },
  class_name: { type: constant('Network Activity'), required: true },
  type_uid: { type: 'integer', required: true },
  type_name: { type: 'text', required: true },
  severity_id: { type: captioned('severity', { 1: 'Informational' }), required: true },
  time: { type: 'milliseconds', required: true },
  start_time: { type: 'milliseconds' },
  end_time: { type: 'milliseconds' },
  duration: { type: 'count' },
  metadata: { type: metadata, required: true },
  cloud: { type: cloud, profile: 'cloud', required: true },
  action_id: { type: captioned('action', actions), profile: 'security_control', required: true },
  disposition_id: {
    type: captioned('disposition', dispositions),
    profile: 'security_control',
    required: true,
  },
  policy: {
    type: nested({ name: { type: 'text', required: true } }),
    profile: 'security_control',
    since: 4,
  },
  status_code: { type: 'text' },
  status_detail: { type: 'text' },
  connection_info: { type: connectionInfo },
  src_endpoint: { type: endpoint, requiredBelow: 3 },
  dst_endpoint: { type: endpoint, requiredBelow: 4 },
  traffic: {
    type: nested({ bytes: { type: 'count' }, packets: { type: 'count' } }),
  },
  is_src_dst_assignment_known: { type: 'boolean', since: 6 },
  observation_point_id: { type: captioned('observation_point', observationPoints), since: 7 },
  observables: { type: list(observable) },
  raw_data: { type: 'line' },
  raw_data_size: { type: 'count', since: 5 },
  unmapped: { type: 'unmapped' },
}

/** The schema of our events for one OCSF version. */
export function networkActivitySchema(version: OcsfVersion): JsonSchema {
  const minor = Number(version.split('.')[1])
  const event = { attributes: networkActivity, atLeastOne: ['src_endpoint', 'dst_endpoint'] }
  const { allOf, ...schema } = schemaOf(event, minor)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `What flowlogs writes of OCSF ${version} Network Activity`,
    ...schema,
    allOf: [...allOf, ...typeRules],
    dependentRequired: { raw_data_size: ['raw_data'] },
    $defs: scalars(version, minor),
  }
}

/** type_uid = class_uid × 100 + activity_id, and the name that goes with it. */
const typeRules = Object.entries(activities).map(([id, each]) => {
  const caption = typeof each === 'string' ? each : each.caption
  return implies(
    { activity_id: Number(id) },
    {
      type_uid: { const: 400_100 + Number(id) },
      type_name: { const: `Network Activity: ${caption}` },
    },
  )
})

/** The types that a name in the tables stands for. */
function scalars(version: OcsfVersion, minor: number): JsonSchema {
  // Up to 1.3 a string_t ends at 65535 characters.
  const line = { type: 'string', minLength: 1, ...(minor <= 3 && { maxLength: 65_535 }) }
  const text = { ...line, not: { const: '-' } }
  return {
    line,
    text,
    version: { const: version },
    profiles: {
      type: 'array',
      items: { enum: ['cloud', 'security_control', 'datetime', 'container'] },
      uniqueItems: true,
      allOf: [{ contains: { const: 'cloud' } }, { contains: { const: 'security_control' } }],
    },
    boolean: { type: 'boolean' },
    integer: { type: 'integer' },
    byte: { type: 'integer', minimum: 0, maximum: 255 },
    port: { type: 'integer', minimum: 0, maximum: 65_535 },
    count: { type: 'integer', minimum: 0, maximum: 2 ** 63 },
    // 2001-09-09 to 2286-11-20: seconds, or microseconds, are out of range.
    milliseconds: { type: 'integer', minimum: 1e12, maximum: 1e13 - 1 },
    datetime: {
      type: 'string',
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z$',
    },
    ip: { type: 'string', maxLength: 40, format: 'ip' },
    uid: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    communityId: { type: 'string', pattern: '^1:[A-Za-z0-9+/]{27}=$' },
    observablePath: {
      enum: ['src_endpoint', 'dst_endpoint'].flatMap((end) =>
        ['ip', 'intermediate_ips', 'instance_uid', 'proxy_endpoint.instance_uid'].map(
          (attribute) => `${end}.${attribute}`,
        ),
      ),
    },
    unmapped: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[a-z][a-z0-9_]*$' },
      additionalProperties: text,
    },
  }
}
