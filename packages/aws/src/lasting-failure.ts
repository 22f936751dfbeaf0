/** Refusals of AWS that pass by themselves, although they say that the client is at fault. */
const passing: ReadonlySet<unknown> = new Set([
  'ExpiredNextTokenException',
  'ExpiredToken',
  'ExpiredTokenException',
  'KMSThrottlingException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'ResourceInUseException',
  'ThrottlingException',
  'TooManyRequestsException',
])

/** Whether AWS refused a request in a way that trying again cannot change. */
export function isLastingFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !('$fault' in error)) return false
  return error.$fault === 'client' && !passing.has(error.name)
}
