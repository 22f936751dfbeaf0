import type { Transform } from '@flowlogs/core'

/** What comes in, and where it goes. */
export interface HttpTransformOptions {
  readonly transform: Transform
}

/** Builds a web-standard handler that transforms the flow logs of a request. */
export function createHttpTransform(
  _options: HttpTransformOptions,
): (request: Request) => Promise<Response> {
  return async () => new Response(null, { status: 501 })
}
