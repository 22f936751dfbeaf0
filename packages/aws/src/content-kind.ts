/** What the content of an input is. */

const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf)
const parquetMagic = Buffer.from('PAR1')
/** Bytes in which a NUL shows that something is not text. */
export const sniffed = 512

/** What an input is, by its first `sniffed` bytes or all that it has. */
export function kindOf(head: Uint8Array): 'binary' | 'json' | 'text' {
  if (isBinary(head)) return 'binary'
  return beginsAsJson(head, visibleStart(head)) ? 'json' : 'text'
}

/** Where an input begins, without a byte order mark and blanks. */
export function visibleStart(bytes: Uint8Array): number {
  const hasMark = byteOrderMark.every((byte, index) => bytes[index] === byte)
  let start = hasMark ? byteOrderMark.length : 0
  while (start < bytes.length && isBlank(bytes[start] as number)) start++
  return start
}

/** An object, or an array of objects. */
function beginsAsJson(bytes: Uint8Array, start: number): boolean {
  let at = start
  if (bytes[at] === 91) {
    do at++
    while (at < bytes.length && isBlank(bytes[at] as number))
  }
  return bytes[at] === 123
}

function isBinary(bytes: Uint8Array): boolean {
  if (parquetMagic.every((byte, index) => bytes[index] === byte)) return true
  return bytes.subarray(0, sniffed).includes(0)
}

/** Whether JSON ignores a byte between values. */
export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}
