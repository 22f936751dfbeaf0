/** A response whose body may fail half-way. */

/**
 * Passes a response on; when its body fails, the connection is cut, so that the client does not
 * take the beginning for the whole, and nobody but `onFailure` learns why.
 */
export function guardResponse(
  response: Response,
  outgoing: { destroy(): unknown },
  onFailure: (error: unknown) => void,
): Response {
  if (!response.body) return response
  const reader = response.body.getReader()
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (isCancelled) return
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        onFailure(error)
        outgoing.destroy()
        controller.close()
      }
    },
    cancel(reason) {
      isCancelled = true
      return reader.cancel(reason)
    },
  })
  return new Response(body, response)
}
