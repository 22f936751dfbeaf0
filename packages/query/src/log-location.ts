import { configurationError } from '@flowlogs/core'

/** Where flow logs are in S3, as far as a location says it. */
export interface LogLocation {
  /** The location itself, with a slash at its end. */
  readonly url: string
  /** What stands before `AWSLogs/`: `s3://bucket/prefix/`. */
  readonly root: string
  readonly account: string | undefined
  readonly region: string | undefined
}

const shape =
  /^(s3:\/\/[^/]+\/(?:.+?\/)??)(?:AWSLogs\/(?:([^/]+)\/(?:([^/]+)\/(?:([^/]+)\/)?)?)?)?$/

/** Reads `s3://bucket/prefix/AWSLogs/account/vpcflowlogs/region/` or a part of it; throws on anything else. */
export function parseLogLocation(location: string): LogLocation {
  const url = location.endsWith('/') ? location : `${location}/`
  const [, root, account, , region] = shape.exec(url) ?? []
  if (root === undefined || root.includes('/AWSLogs/') || /['\\\s$]/.test(url)) {
    throw configurationError(
      `"${location}" is no location of flow logs: s3://BUCKET[/PREFIX][/AWSLogs/ACCOUNT/vpcflowlogs/REGION]`,
    )
  }
  return { url, root, account: withoutKey(account), region: withoutKey(region) }
}

/** Also of `aws-account-id=123456789012`. */
function withoutKey(part: string | undefined): string | undefined {
  return part?.replace(/^.*=/, '')
}
