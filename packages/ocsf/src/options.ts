import type { OcsfVersion } from './version.ts'

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
  /**
   * What to do with SKIPDATA lines that carry no traffic: `drop` (default) counts them in the
   * ledger; `emit`, from 1.4, writes an event of unknown activity, since lost records are a gap in
   * visibility that a SIEM may want to alert on. Lines with addresses are always mapped.
   */
  readonly skipdata: 'drop' | 'emit'
}

/** What a caller may leave out. */
export type OcsfOptionsInput = Partial<OcsfOptions>

/** The options with every default filled in. */
export const defaultOptions: OcsfOptions = {
  version: '1.1.0',
  eniWithoutDirection: 'unmapped',
  observables: true,
  rawData: false,
  skipdata: 'drop',
}
