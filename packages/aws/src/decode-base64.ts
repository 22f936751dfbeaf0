/** The bytes of base64 text, or undefined when it is not base64 throughout. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  // The decoder skips what is not base64.
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined
}
