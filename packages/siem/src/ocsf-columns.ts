/**
 * The columns of OCSF Network Activity (class 4001) in Security Lake: every attribute that a flow log
 * can become, always all of them, since a crawler takes the table's schema from the objects.
 */

/** What a column holds. A struct, a list and a map hold other columns. */
export type Column =
  | 'text'
  | 'integer'
  | 'long'
  | 'datetime'
  | { readonly struct: Columns }
  | { readonly list: Column }
  | { readonly map: 'text' }

/** Columns by the name of the attribute. */
export type Columns = { readonly [attribute: string]: Column }

/** The schema versions that both Security Lake and the OCSF mapping know. */
export const lakeVersions = ['1.1.0', '1.3.0'] as const

/** One of them. */
export type LakeVersion = (typeof lakeVersions)[number]

/** The columns of a schema version. */
export function networkActivityColumns(version: LakeVersion): Columns {
  return {
    activity_id: 'integer',
    activity_name: 'text',
    category_uid: 'integer',
    category_name: 'text',
    class_uid: 'integer',
    class_name: 'text',
    type_uid: 'long',
    type_name: 'text',
    severity_id: 'integer',
    severity: 'text',
    action_id: 'integer',
    action: 'text',
    disposition_id: 'integer',
    disposition: 'text',
    status_code: 'text',
    status_detail: 'text',
    time: 'long',
    time_dt: 'datetime',
    start_time: 'long',
    start_time_dt: 'datetime',
    end_time: 'long',
    end_time_dt: 'datetime',
    // integer_t became long_t.
    duration: version === '1.1.0' ? 'integer' : 'long',
    metadata,
    cloud,
    connection_info: connectionInfo,
    src_endpoint: endpoint,
    dst_endpoint: endpoint,
    traffic: { struct: { bytes: 'long', packets: 'long' } },
    observables,
    raw_data: 'text',
    unmapped: { map: 'text' },
  }
}

const metadata: Column = {
  struct: {
    version: 'text',
    profiles: { list: 'text' },
    product: {
      struct: {
        name: 'text',
        vendor_name: 'text',
        version: 'text',
        feature: { struct: { name: 'text' } },
      },
    },
    uid: 'text',
    log_name: 'text',
    log_version: 'text',
    original_time: 'text',
    processed_time: 'long',
  },
}

const cloud: Column = {
  struct: {
    provider: 'text',
    account: { struct: { uid: 'text', type_id: 'integer', type: 'text' } },
    region: 'text',
    zone: 'text',
  },
}

const connectionInfo: Column = {
  struct: {
    direction_id: 'integer',
    direction: 'text',
    protocol_num: 'integer',
    protocol_name: 'text',
    tcp_flags: 'integer',
    protocol_ver_id: 'integer',
    protocol_ver: 'text',
    boundary_id: 'integer',
    boundary: 'text',
  },
}

const networkInterface: Columns = {
  uid: 'text',
  interface_uid: 'text',
  instance_uid: 'text',
  subnet_uid: 'text',
  vpc_uid: 'text',
}

const endpoint: Column = {
  struct: {
    ip: 'text',
    intermediate_ips: { list: 'text' },
    port: 'integer',
    svc_name: 'text',
    container: { struct: { uid: 'text' } },
    proxy_endpoint: { struct: { ip: 'text', ...networkInterface } },
    ...networkInterface,
  },
}

const observables: Column = {
  list: { struct: { name: 'text', type_id: 'integer', type: 'text', value: 'text' } },
}
