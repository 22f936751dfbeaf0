/** IPv4 and IPv6 text, checked without a platform. */

/** Whether `text` is an IPv4 dotted quad or an IPv6 address; no brackets, no zone id, no prefix length. */
export function isAddress(text: string): boolean {
  return isIPv4(text) || isIPv6(text)
}

/** Whether `text` is four decimal octets without leading zeros. */
export function isIPv4(text: string): boolean {
  if (text.length < 7 || text.length > 15) return false
  let octets = 1
  let digits = 0
  let octet = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 46) {
      if (digits === 0 || octets === 4) return false
      octets++
      digits = 0
      octet = 0
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && octet === 0) return false
      octet = octet * 10 + (code - 48)
      if (octet > 255) return false
      digits++
    } else return false
  }
  return octets === 4 && digits > 0
}

/** Whether `text` is an IPv6 address in any text form of RFC 4291 §2.2. */
export function isIPv6(text: string): boolean {
  return parseIPv6(text) !== undefined
}

/** The eight 16-bit groups of an IPv6 address, or undefined when the text is not one. */
export function parseIPv6(text: string): readonly number[] | undefined {
  // The longest form without a dotted quad has 39 characters; OCSF's ip_t ends at 40.
  if (text.length < 2 || text.length > 40 || !text.includes(':')) return undefined
  const gap = text.indexOf('::')
  if (gap === -1) {
    const groups = groupsOf(text, true)
    return groups?.length === 8 ? groups : undefined
  }
  const head = groupsOf(text.slice(0, gap), false)
  const tail = groupsOf(text.slice(gap + 2), true)
  if (head === undefined || tail === undefined) return undefined
  const zeros = 8 - head.length - tail.length
  return zeros < 1 ? undefined : [...head, ...new Array<number>(zeros).fill(0), ...tail]
}

function groupsOf(text: string, mayEndInIPv4: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else if (mayEndInIPv4 && index === parts.length - 1 && isIPv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
      groups.push(a * 256 + b, c * 256 + d)
    } else return undefined
  }
  return groups
}

/** Whether two valid addresses are the same address, whatever their IPv6 spelling. */
export function sameAddress(left: string, right: string): boolean {
  if (left === right) return true
  const leftGroups = parseIPv6(left)
  const rightGroups = leftGroups && parseIPv6(right)
  return rightGroups?.every((group, index) => group === leftGroups?.[index]) ?? false
}
