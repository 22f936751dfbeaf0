/** Why a request is not answered with 200. */
export interface Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Makes a refusal, to be thrown. */
export function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return Object.assign(new Error(message), { name: 'Refusal', status, headers })
}

/** Whether something thrown is a refusal. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'Refusal'
}

/** A body may not be so large. */
export function tooLarge(maxBodyBytes: number): Refusal {
  return refusal(413, `the body is larger than ${maxBodyBytes} bytes`)
}

/** There is no room for a request right now. */
export function busy(): Refusal {
  return refusal(503, 'too many bytes are under way', { 'retry-after': '1' })
}
