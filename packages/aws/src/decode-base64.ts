/** The bytes of base64 text, or undefined when it is not base64 throughout. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  // The decoder skips what is not base64.
  return bytes.length === decodedLength(text) ? bytes : undefined
}

/** How many bytes base64 text stands for. */
export function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}
