/** Lines that are values, and that whoever reads lines would take for something else. */
import { findField } from '@flowlogs/core'

const fieldName = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/

/** Whether a line looks like a comment, a control message or a header, or begins with a byte order mark. */
export function isMistakable(line: string): boolean {
  const first = line.charCodeAt(0)
  if (first === 35 || first === 0xfeff) return true
  if (first === 67) return line.startsWith('CWL CONTROL MESSAGE')
  return first >= 97 && first <= 122 && isHeader(line)
}

function isHeader(line: string): boolean {
  let known = 0
  let count = 0
  // Value by value, since hardly ever more than one looks like a name.
  for (let start = 0; start < line.length; count++) {
    const space = line.indexOf(' ', start)
    const end = space === -1 ? line.length : space
    const value = line.slice(start, end)
    if (!fieldName.test(value)) return false
    if (findField(value) !== undefined) known++
    start = end + 1
  }
  return known >= 2 && known * 2 >= count
}
