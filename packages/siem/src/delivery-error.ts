/** Why a batch was not stored; the set is closed. */
export type DeliveryErrorCode = 'deadline' | 'refused' | 'unauthorized' | 'closed'

/** What `deliver` rejects with. Tell failures apart by `code`; messages carry no credentials. */
export interface DeliveryError extends Error {
  readonly code: DeliveryErrorCode
}

/** Builds the error of a batch that was not stored. */
export function deliveryError(code: DeliveryErrorCode, message: string): DeliveryError {
  return Object.assign(new Error(message), { name: 'DeliveryError', code })
}
