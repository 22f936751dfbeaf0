/**
 * What the key of a flow log object tells, in the layouts of
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html: with or without Hive
 * prefixes, per day or per hour.
 */
import type { Origin } from '@flowlogs/core'

/** What AWS wrote into a key. */
export interface S3KeyParts {
  readonly account: string
  readonly region: string
  /** Known from the file name only, as is `time`. */
  readonly flowLogId?: string
  /** The start of the five minutes in which the records of the file end, Unix milliseconds. */
  readonly time?: number
  /** Of what the folders say something else than the file name, which is believed. */
  readonly conflicts?: readonly ('account' | 'region' | 'time')[]
}

/** What a file name or the folders tell; of the time, its digits from the year on. */
interface Place {
  readonly account: string
  readonly region: string
  readonly digits: string
}

const accountPattern = /^\d{12}$/
const regionPattern = /^[a-z]+(?:-[a-z]+)+-\d+$/
const flowLogPattern = /^fl-[0-9a-z]+$/
const slotPattern = /^(\d{8})T(\d{4})Z$/
const endPattern = /^[0-9a-z]+\.log(?:\.gz|\.parquet)?$/
// Transit Gateway's documentation has `service` where the VPC's has `aws-service`.
const hivePrefix = /^(?:aws-account-id|(?:aws-)?service|aws-region|year|month|day|hour)=/

/**
 * Reads an S3 key, a path of a local copy or a file name. Where folders and file name differ, the
 * file name counts: AWS wrote it, and it stays with the file when that is moved. Undefined for what
 * is no flow log by its name; its content may be one all the same.
 */
export function parseS3Key(key: string): S3KeyParts | undefined {
  const parts = key.split(/[/\\]/)
  const file = parseFileName(parts.at(-1) ?? '')
  const folders = parseFolders(parts.slice(0, -1))
  if (!file) return folders && { account: folders.account, region: folders.region }
  const { account, region, flowLogId } = file
  const time = toTime(file.digits)
  const conflicts = folders ? conflictsOf(file, folders) : []
  return {
    account,
    region,
    flowLogId,
    ...(time !== undefined && { time }),
    ...(conflicts.length > 0 && { conflicts }),
  }
}

/**
 * The origin of the lines of an object, from nothing but its place, so that every way to learn of
 * the object gives the same ids. The time of the file is the transport's time: only lines that
 * carry none show it.
 */
export function toS3Origin(bucket: string, key: string): Origin {
  const { account, region, time } = parseS3Key(key) ?? {}
  return {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(time !== undefined && { timestamp: time }),
    bucket,
    key,
  }
}

function parseFileName(name: string): (Place & { readonly flowLogId: string }) | undefined {
  const [account = '', service, region = '', flowLogId = '', slot = '', end = '', ...more] =
    name.split('_')
  const [, day, minute] = slotPattern.exec(slot) ?? []
  const isFlowLog =
    isPlace(account, service, region) &&
    flowLogPattern.test(flowLogId) &&
    day !== undefined &&
    endPattern.test(end) &&
    more.length === 0
  return isFlowLog ? { account, region, flowLogId, digits: `${day}${minute}` } : undefined
}

function parseFolders(folders: readonly string[]): Place | undefined {
  const root = folders.lastIndexOf('AWSLogs')
  if (root === -1) return undefined
  const values = folders.slice(root + 1).map((folder) => folder.replace(hivePrefix, ''))
  const [account = '', service, region = '', ...date] = values
  const digits = date.join('')
  // A copy may have other folders below the region.
  const isDate = /^\d{8}(?:\d\d)?$/.test(digits)
  return isPlace(account, service, region)
    ? { account, region, digits: isDate ? digits : '' }
    : undefined
}

function isPlace(account: string, service: string | undefined, region: string): boolean {
  return accountPattern.test(account) && service === 'vpcflowlogs' && regionPattern.test(region)
}

function conflictsOf(file: Place, folders: Place): ('account' | 'region' | 'time')[] {
  const conflicts: ('account' | 'region' | 'time')[] = []
  if (file.account !== folders.account) conflicts.push('account')
  if (file.region !== folders.region) conflicts.push('region')
  if (!file.digits.startsWith(folders.digits)) conflicts.push('time')
  return conflicts
}

function toTime(digits: string): number | undefined {
  const [, year, month, day, hour, minute] = /(....)(..)(..)(..)(..)/.exec(digits) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}Z`)
  return Number.isNaN(time) ? undefined : time
}
