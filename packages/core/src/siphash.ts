/**
 * SipHash-2-4 with a 128-bit output (Aumasson and Bernstein, reference implementation `siphash.c`,
 * whose vectors the tests check). 64-bit words are pairs of 32-bit halves, since BigInt is slow.
 */

const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

/** The 128-bit hash of `length` bytes under a 16-byte key, as 32 lower-case hex digits. */
export function siphash128(bytes: Uint8Array, length: number, key: Uint8Array): string {
  const text = new Uint8Array(32)
  siphash128Into(bytes, 0, length, key, text, 0)
  return String.fromCharCode(...text)
}

/** Writes the hash of the bytes from `from` to `to` at `at` of `out`, as 32 hex digits in ASCII. */
export function siphash128Into(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: Uint8Array,
  out: Uint8Array,
  at: number,
): void {
  const k0l = word(key, 0)
  const k0h = word(key, 4)
  const k1l = word(key, 8)
  const k1h = word(key, 12)
  // v0…v3 as low, high; the constants are "somepseudorandomlygeneratedbytes".
  let v0l = k0l ^ 0x70736575
  let v0h = k0h ^ 0x736f6d65
  let v1l = k1l ^ 0x6e646f6d ^ 0xee
  let v1h = k1h ^ 0x646f7261
  let v2l = k0l ^ 0x6e657261
  let v2h = k0h ^ 0x6c796765
  let v3l = k1l ^ 0x79746573
  let v3h = k1h ^ 0x74656462
  const length = to - from
  const words = length >>> 3
  // One step for each word, one for the tail with the length, and one for each half of the output.
  for (let step = 0; step <= words + 2; step++) {
    let low = 0
    let high = 0
    let rounds = 2
    if (step < words) {
      const offset = from + step * 8
      low = word(bytes, offset)
      high = word(bytes, offset + 4)
    } else if (step === words) {
      const tail = from + words * 8
      for (let index = tail; index < to; index++) {
        const shift = (index - tail) * 8
        if (shift < 32) low |= (bytes[index] as number) << shift
        else high |= (bytes[index] as number) << (shift - 32)
      }
      high |= (length & 0xff) << 24
    } else {
      rounds = 4
      if (step === words + 1) v2l ^= 0xee
      else v1l ^= 0xdd
    }
    v3l ^= low
    v3h ^= high
    for (let round = 0; round < rounds; round++) {
      // The carry without a branch, which would be as good as random.
      let sum = (v0l + v1l) | 0
      v0h = (v0h + v1h + +(sum >>> 0 < v0l >>> 0)) | 0
      let half = (v1l << 13) | (v1h >>> 19)
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
      v1l = half ^ sum
      v0l = v0h
      v0h = sum

      sum = (v2l + v3l) | 0
      v2h = (v2h + v3h + +(sum >>> 0 < v2l >>> 0)) | 0
      v2l = sum
      half = (v3l << 16) | (v3h >>> 16)
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
      v3l = half ^ v2l

      sum = (v0l + v3l) | 0
      v0h = (v0h + v3h + +(sum >>> 0 < v0l >>> 0)) | 0
      v0l = sum
      half = (v3l << 21) | (v3h >>> 11)
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
      v3l = half ^ v0l

      sum = (v2l + v1l) | 0
      v2h = (v2h + v1h + +(sum >>> 0 < v2l >>> 0)) | 0
      half = (v1l << 17) | (v1h >>> 15)
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h
      v1l = half ^ sum
      v2l = v2h
      v2h = sum
    }
    v0l ^= low
    v0h ^= high
    if (step > words) {
      const half = at + (step - words - 1) * 16
      writeHex(out, half, v0l ^ v1l ^ v2l ^ v3l)
      writeHex(out, half + 8, v0h ^ v1h ^ v2h ^ v3h)
    }
  }
}

function word(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  )
}

/** Eight digits of a little-endian word. */
function writeHex(out: Uint8Array, at: number, value: number): void {
  for (let byte = 0; byte < 4; byte++) {
    const bits = value >>> (byte * 8)
    out[at + byte * 2] = digits[(bits >>> 4) & 15] as number
    out[at + byte * 2 + 1] = digits[bits & 15] as number
  }
}
