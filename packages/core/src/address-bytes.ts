/** Where an address in the bytes of a line ends, if it surely is one; what follows is the caller's. */

const dot = 46
const zero = 48
const colon = 58

const hexadecimal = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** The end of the IPv4 address at `from`, or −1. */
export function endOfIPv4(bytes: Uint8Array, from: number): number {
  let position = from
  for (let octets = 0; octets < 4; octets++) {
    if (octets > 0 && bytes[position++] !== dot) return -1
    const first = (bytes[position] as number) - zero
    if (!isDigit(first)) return -1
    const second = (bytes[++position] as number) - zero
    if (!isDigit(second)) continue
    if (first === 0) return -1
    const third = (bytes[++position] as number) - zero
    if (!isDigit(third)) continue
    if (first * 100 + second * 10 + third > 255) return -1
    position++
  }
  return position
}

/** One comparison for both ends of the range: below zero wraps around. */
function isDigit(value: number): boolean {
  return value >>> 0 <= 9
}

/** The end of the IPv6 address at `from`, or −1; also −1 for one that ends in a dotted quad. */
export function endOfIPv6(bytes: Uint8Array, from: number): number {
  let position = from
  let groups = 0
  let isCompressed = false
  if (bytes[position] === colon) {
    if (bytes[position + 1] !== colon) return -1
    isCompressed = true
    position += 2
    if (hexadecimal[bytes[position] as number] === 0) return position
  }
  for (;;) {
    const start = position
    while (hexadecimal[bytes[position] as number] === 1) position++
    const digits = position - start
    if (digits === 0 || digits > 4) return -1
    groups++
    if (bytes[position] !== colon) break
    position++
    if (bytes[position] === colon) {
      if (isCompressed) return -1
      isCompressed = true
      position++
      if (hexadecimal[bytes[position] as number] === 0) break
    }
  }
  return (isCompressed ? groups <= 7 : groups === 8) ? position : -1
}
