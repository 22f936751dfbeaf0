/** Why an event was not delivered; the set is closed. */
export type FailureCode =
  /** No connection could be made, or not a secure one. */
  | 'unreachable'
  /** The receiver closed the connection before it had acknowledged. */
  | 'connection_closed'
  /** No acknowledgement came in time. */
  | 'ack_timeout'
  /** The receiver refused the shared key, user or password, or wants them. */
  | 'authentication'
  /** The deadline passed before a first attempt. */
  | 'deadline'
  /** The forwarder was closed. */
  | 'shutdown'
  /** The event alone is larger than a packet may be. */
  | 'too_large'
  /** The event has no time that the protocol can express. */
  | 'no_time'

/** What went wrong; after `attempts` of at least one the events may have arrived all the same. */
export interface Failure {
  readonly code: FailureCode
  readonly message: string
}

const authentication = new Set(['AuthError', 'SharedKeyMismatchError', 'ConfigError'])

/** An error that says what went wrong. */
export function failureError(code: FailureCode, message: string): Error & Failure {
  return Object.assign(new Error(message), { code, name: 'ForwardError' })
}

/** What an error of the client or of a socket means, by where it happened. */
export function toFailureError(error: unknown, otherwise: FailureCode): Error & Failure {
  const { name, message } = error as Error
  if (name === 'ForwardError') return error as Error & Failure
  if (name === 'AckTimeoutError') {
    return failureError('ack_timeout', 'the receiver did not acknowledge in time')
  }
  // An error that stands for those of several addresses has no message of its own.
  const words = message || String((error as NodeJS.ErrnoException).code ?? name)
  return failureError(authentication.has(name) ? 'authentication' : otherwise, words)
}
