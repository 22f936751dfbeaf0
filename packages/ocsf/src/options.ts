import { configurationError } from '@flowlogs/core'
import { has, type OcsfVersion, ocsfVersions } from './version.ts'

/** What can be chosen about the events; each default is what most consumers need. */
export interface OcsfOptions {
  /** The schema version to write. Default `1.1.0`, which Security Lake, Google SecOps and Elastic all take. */
  readonly version: OcsfVersion
  /**
   * Where the recorded interface goes when the record has no flow direction, as in every record of
   * the default format. `unmapped` (default) claims nothing; `src` is what Security Lake's native
   * source does.
   */
  readonly eniWithoutDirection: 'unmapped' | 'src' | 'dst'
  /** Whether to list the addresses and the instance as observables. Default true. */
  readonly observables: boolean
  /** Whether to keep the line itself in `raw_data`. Default false, since it doubles the volume. */
  readonly rawData: boolean
  /** Whether to add RFC 3339 twins of the times (`time_dt`), for people who read events. Default false. */
  readonly datetime: boolean
  /** Whether to put the ECS container of the observed end in `container`. Default false: `unmapped`. */
  readonly container: boolean
  /**
   * Whether to add the Community ID, which joins both directions and both interfaces of a
   * conversation. From 1.4; default false, since it costs a hash per event.
   */
  readonly communityId: boolean
  /**
   * Whether an interface that only forwards (NAT gateway, transit gateway attachment) is written as
   * the `proxy_endpoint` of its end instead of lending its ids to the far host. Default false: AWS's
   * own convention.
   */
  readonly proxyEndpoint: boolean
  /** Whether to write the time of mapping. Default false: the same line would give different events. */
  readonly processedTime: boolean
  /**
   * What to do with SKIPDATA lines that carry no traffic: `drop` (default) counts them in the
   * ledger; `emit`, from 1.4, writes an event of unknown activity, since lost records are a gap in
   * visibility that a SIEM may want to alert on. Lines with addresses are always mapped.
   */
  readonly skipdata: 'drop' | 'emit'
}

/** What a caller may leave out. */
export type OcsfOptionsInput = Partial<OcsfOptions>

const defaults: OcsfOptions = {
  version: '1.1.0',
  eniWithoutDirection: 'unmapped',
  observables: true,
  rawData: false,
  datetime: false,
  container: false,
  communityId: false,
  proxyEndpoint: false,
  processedTime: false,
  skipdata: 'drop',
}

const names = Object.keys(defaults) as readonly (keyof OcsfOptions)[]

/** The options with every default filled in. Throws on one that does not exist or fit the version. */
export function checkOptions(input: OcsfOptionsInput): OcsfOptions {
  for (const name of Object.keys(input)) {
    if (!(name in defaults)) throw configurationError(`there is no option "${name}"`)
  }
  const options = { ...defaults, ...input }
  const { version } = options
  oneOf('version', version, ocsfVersions)
  oneOf('eniWithoutDirection', options.eniWithoutDirection, ['unmapped', 'src', 'dst'])
  oneOf('skipdata', options.skipdata, ['drop', 'emit'])
  if (options.skipdata === 'emit' && !has(version, '1.4.0')) {
    throw configurationError(
      `skipdata: 'emit' needs OCSF 1.4 or later: ${version} requires a destination, which lost records lack`,
    )
  }
  if (options.communityId && !has(version, '1.4.0')) {
    throw configurationError(
      `communityId needs OCSF 1.4 or later: ${version} has no attribute for it`,
    )
  }
  return options
}

/** Whether nothing is chosen otherwise than by default. */
export function isDefault(options: OcsfOptions): boolean {
  return names.every((name) => options[name] === defaults[name])
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.some((each) => each === value)) return
  throw configurationError(`${name} is one of ${allowed.join(', ')}, not ${String(value)}`)
}
