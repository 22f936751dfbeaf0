/** What a log record says besides its attributes. */
import { configurationError } from '@flowlogs/core'
import type { Profile, ProfileName } from './profile.ts'

/** How flow logs become log records; the same on every way. */
export interface LogOptions {
  /** Which attributes. Default `collector-v1`. */
  readonly profile?: ProfileName | Profile
  /** Which time is the record's. Default `start`; the Collector takes `end`. */
  readonly time?: 'start' | 'end'
  /** Whether the body stays the line, becomes the record with AWS's names, or goes. Default `keep`. */
  readonly body?: 'keep' | 'record' | 'remove'
  /** The severity of rejected traffic; all else is INFO. Default `INFO`. */
  readonly rejectSeverity?: 'INFO' | 'WARN'
  /** Whether to set `log.record.uid`, the deterministic id, by which repeated deliveries are known. Default true. */
  readonly uid?: boolean
}

const choices = {
  time: ['start', 'end'],
  body: ['keep', 'record', 'remove'],
  rejectSeverity: ['INFO', 'WARN'],
} as const

/** Throws on an option's value that means nothing. */
export function checkLogOptions(options: LogOptions): void {
  for (const [name, values] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices]
    if (value === undefined || (values as readonly string[]).includes(value)) continue
    throw configurationError(`${name} must be ${values.join(' or ')}, not ${value}`)
  }
}
