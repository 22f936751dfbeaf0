/**
 * SipHash-2-4 with a 128-bit output (Aumasson and Bernstein, reference implementation `siphash.c`,
 * whose vectors the tests check). 64-bit words are pairs of 32-bit halves, since BigInt is slow.
 */

const textOf: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** The 128-bit hash of `length` bytes under a 16-byte key, as 32 lower-case hex digits. */
export function siphash128(bytes: Uint8Array, length: number, key: Uint8Array): string {
  const state = new Int32Array(8)
  const k0l = word(key, 0)
  const k0h = word(key, 4)
  const k1l = word(key, 8)
  const k1h = word(key, 12)
  // v0…v3 as low, high; the constants are "somepseudorandomlygeneratedbytes".
  state[0] = k0l ^ 0x70736575
  state[1] = k0h ^ 0x736f6d65
  state[2] = k1l ^ 0x6e646f6d ^ 0xee
  state[3] = k1h ^ 0x646f7261
  state[4] = k0l ^ 0x6e657261
  state[5] = k0h ^ 0x6c796765
  state[6] = k1l ^ 0x79746573
  state[7] = k1h ^ 0x74656462
  const whole = length & ~7
  for (let offset = 0; offset < whole; offset += 8) {
    absorb(state, word(bytes, offset), word(bytes, offset + 4))
  }
  let low = 0
  let high = (length & 0xff) << 24
  for (let index = whole; index < length; index++) {
    const byte = bytes[index] as number
    const shift = (index - whole) * 8
    if (shift < 32) low |= byte << shift
    else high |= byte << (shift - 32)
  }
  absorb(state, low, high)
  state[4] = (state[4] as number) ^ 0xee
  rounds(state, 4)
  const first = digest(state)
  state[2] = (state[2] as number) ^ 0xdd
  rounds(state, 4)
  return first + digest(state)
}

function word(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  )
}

function absorb(state: Int32Array, low: number, high: number): void {
  state[6] = (state[6] as number) ^ low
  state[7] = (state[7] as number) ^ high
  rounds(state, 2)
  state[0] = (state[0] as number) ^ low
  state[1] = (state[1] as number) ^ high
}

/** v0 ^ v1 ^ v2 ^ v3, little-endian. */
function digest(state: Int32Array): string {
  const low =
    (state[0] as number) ^ (state[2] as number) ^ (state[4] as number) ^ (state[6] as number)
  const high =
    (state[1] as number) ^ (state[3] as number) ^ (state[5] as number) ^ (state[7] as number)
  return hex(low) + hex(high)
}

function hex(value: number): string {
  return (
    (textOf[value & 0xff] as string) +
    textOf[(value >>> 8) & 0xff] +
    textOf[(value >>> 16) & 0xff] +
    textOf[value >>> 24]
  )
}

function rounds(state: Int32Array, times: number): void {
  let v0l = state[0] as number
  let v0h = state[1] as number
  let v1l = state[2] as number
  let v1h = state[3] as number
  let v2l = state[4] as number
  let v2h = state[5] as number
  let v3l = state[6] as number
  let v3h = state[7] as number
  for (let round = 0; round < times; round++) {
    let sum = (v0l >>> 0) + (v1l >>> 0)
    v0h = (v0h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0
    v0l = sum | 0
    let low = (v1l << 13) | (v1h >>> 19)
    v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
    v1l = low ^ v0l
    low = v0l
    v0l = v0h
    v0h = low

    sum = (v2l >>> 0) + (v3l >>> 0)
    v2h = (v2h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0
    v2l = sum | 0
    low = (v3l << 16) | (v3h >>> 16)
    v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
    v3l = low ^ v2l

    sum = (v0l >>> 0) + (v3l >>> 0)
    v0h = (v0h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0
    v0l = sum | 0
    low = (v3l << 21) | (v3h >>> 11)
    v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
    v3l = low ^ v0l

    sum = (v2l >>> 0) + (v1l >>> 0)
    v2h = (v2h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0
    v2l = sum | 0
    low = (v1l << 17) | (v1h >>> 15)
    v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h
    v1l = low ^ v2l
    low = v2l
    v2l = v2h
    v2h = low
  }
  state[0] = v0l
  state[1] = v0h
  state[2] = v1l
  state[3] = v1h
  state[4] = v2l
  state[5] = v2h
  state[6] = v3l
  state[7] = v3h
}
