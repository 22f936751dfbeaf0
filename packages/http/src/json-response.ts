/** An answer of the server itself, in JSON. */
export function jsonResponse(
  status: number,
  body: { readonly [name: string]: string },
  headers: { readonly [name: string]: string } = {},
): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}
