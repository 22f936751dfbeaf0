/** Why a request to an endpoint is not answered with 200. */
import { describeError } from './describe-error.ts'

/** Thrown while a request is read, and answered at the end; it never leaves the endpoint. */
export interface Refusal extends Error {
  readonly name: 'Refusal'
  readonly status: number
  /** Headers that the status asks for. */
  readonly headers: Readonly<Record<string, string>>
}

/** Builds a refusal. */
export function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return Object.assign(new Error(message), { name: 'Refusal' as const, status, headers })
}

/** The refusal that was thrown; anything else that was is a defect, so 500. */
export function toRefusal(error: unknown): Refusal {
  return isRefusal(error) ? error : refusal(500, describeError(error))
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'Refusal'
}
