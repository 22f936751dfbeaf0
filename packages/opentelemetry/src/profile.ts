/** Profiles: which attributes a flow log becomes, as a versioned template. */
import { configurationError, type Mapping, type Template } from '@flowlogs/core'
import { collectorAttributes } from './collector-attributes.ts'
import { flatten } from './flatten.ts'
import { rawAttributes } from './raw-attributes.ts'
import { semconvAttributes } from './semconv-attributes.ts'

/** The attributes of log records, under a name that changes when they do. */
export interface Profile extends Partial<Pick<Mapping, 'keepOut' | 'requires'>> {
  readonly name: string
  readonly attributes: Template
}

/** The name of a profile that comes with this package. */
export type ProfileName = 'collector-v1' | 'semconv-v1' | 'raw-v1'

/**
 * The profiles that come with this package: what the OpenTelemetry Collector's AWS logs encoding
 * emits, the names of the semantic conventions, and AWS's own names.
 */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'collector-v1': { name: 'collector-v1', attributes: collectorAttributes },
  'semconv-v1': { name: 'semconv-v1', attributes: semconvAttributes },
  'raw-v1': { name: 'raw-v1', attributes: rawAttributes },
}

/**
 * The profile of another mapping, such as OCSF's: its objects become attributes with dots
 * (`src_endpoint.ip`), and what it keeps out or refuses, it keeps out or refuses here.
 */
export function createProfile({ name, template, keepOut, requires }: Mapping): Profile {
  return { name, attributes: flatten(template), keepOut, requires }
}

/** The profile that an option means. Throws when there is none of that name. */
export function profileOf(option: ProfileName | Profile = 'collector-v1'): Profile {
  if (typeof option !== 'string') return option
  if (Object.hasOwn(profiles, option)) return profiles[option]
  const names = Object.keys(profiles).join(', ')
  throw configurationError(`there is no profile "${option}"; there are ${names}`)
}
