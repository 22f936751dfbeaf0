import { createTextEncoder } from './platform.ts'

const encoder = createTextEncoder()

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length
}
