/** The shape of the events, by schema version; what a line does not carry is left out. */
import type { OcsfVersion } from './version.ts'

/** An integer; a bigint above 2^53−1. */
type Long = number | bigint

/** An end of a flow, `src_endpoint` or `dst_endpoint`. */
export interface NetworkEndpoint extends NetworkInterface {
  readonly ip?: string
  readonly intermediate_ips?: readonly string[]
  readonly port?: number
  readonly svc_name?: string
  /** With the option `container`. */
  readonly container?: { readonly uid: string }
  /** With the option `proxyEndpoint`. */
  readonly proxy_endpoint?: NetworkInterface & { readonly ip?: string }
}

interface NetworkInterface {
  readonly uid?: string
  readonly interface_uid?: string
  readonly instance_uid?: string
  readonly subnet_uid?: string
  readonly vpc_uid?: string
}

/** `connection_info`. */
interface ConnectionInfo {
  readonly direction_id: 0 | 1 | 2 | 99
  readonly direction: string
  readonly protocol_num?: number
  readonly protocol_name?: string
  readonly tcp_flags?: number
  readonly protocol_ver_id?: 4 | 6 | 99
  readonly protocol_ver?: string
  readonly boundary_id?: 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 99
  readonly boundary?: string
}

/** `metadata`. */
interface Metadata<Version extends OcsfVersion> {
  readonly version: Version
  readonly profiles: readonly string[]
  readonly product: {
    readonly name: 'Amazon VPC'
    readonly vendor_name: 'AWS'
    readonly version?: string
    readonly feature: { readonly name: 'Flowlogs' }
  }
  readonly uid: string
  readonly log_name?: string
  readonly log_version?: string
  readonly original_time?: string
  /** With the option `processedTime`. */
  readonly processed_time?: number
}

/** What every version has; times and durations are in milliseconds. */
interface CommonNetworkActivity<Version extends OcsfVersion> {
  readonly activity_id: 0 | 5 | 6
  readonly activity_name: 'Unknown' | 'Refuse' | 'Traffic'
  readonly category_uid: 4
  readonly category_name: 'Network Activity'
  readonly class_uid: 4001
  readonly class_name: 'Network Activity'
  readonly type_uid: 400100 | 400105 | 400106
  readonly type_name: string
  readonly severity_id: 1
  readonly severity: 'Informational'
  readonly action_id: 0 | 1 | 2
  readonly action: 'Unknown' | 'Allowed' | 'Denied'
  readonly disposition_id: 0 | 1 | 2
  readonly disposition: 'Unknown' | 'Allowed' | 'Blocked'
  readonly status_code?: string
  readonly status_detail?: string
  readonly time: number
  readonly start_time?: number
  readonly end_time?: number
  readonly duration?: number
  /** The `_dt` twins come with the option `datetime`. */
  readonly time_dt?: string
  readonly start_time_dt?: string
  readonly end_time_dt?: string
  readonly metadata: Metadata<Version>
  readonly cloud: {
    readonly provider: 'AWS'
    readonly account?: {
      readonly uid: string
      readonly type_id: 10
      readonly type: 'AWS Account'
    }
    readonly region?: string
    readonly zone?: string
  }
  readonly connection_info: ConnectionInfo
  readonly traffic?: { readonly bytes?: Long; readonly packets?: Long }
  readonly observables?: readonly {
    readonly name: string
    readonly type_id: 2 | 10
    readonly type: 'IP Address' | 'Resource UID'
    readonly value: string
  }[]
  /** With the option `rawData`. */
  readonly raw_data?: string
  readonly unmapped?: Readonly<Record<string, string>>
}

interface Endpoints {
  readonly src_endpoint: NetworkEndpoint
  readonly dst_endpoint: NetworkEndpoint
}

/** From 1.4 the Community ID, from 1.5 the size of the line. */
interface Since1_5 {
  readonly connection_info: ConnectionInfo & { readonly community_uid?: string }
  readonly raw_data_size?: number
}

interface Since1_7 extends Since1_5 {
  readonly metadata: { readonly log_format: 'vpc-flow-log'; readonly original_event_uid?: string }
  /** Left out for lost records. */
  readonly is_src_dst_assignment_known?: boolean
  readonly observation_point_id: 0 | 1 | 2
  readonly observation_point: 'Unknown' | 'Source' | 'Destination'
}

/** An OCSF Network Activity event as this package writes it. */
export type NetworkActivity<Version extends OcsfVersion = OcsfVersion> =
  CommonNetworkActivity<Version> &
    {
      '1.1.0': Endpoints
      '1.3.0': Partial<Endpoints> & Pick<Endpoints, 'dst_endpoint'>
      '1.5.0': Partial<Endpoints> & Since1_5
      '1.8.0': Partial<Endpoints> & Since1_7
    }[Version]
