// AssemblyScript. Takes lines out of the envelopes that AWS writes most, as long as they look exactly
// as AWS writes them: 16 bytes at a time, nothing allocated. Whatever looks different is left to the
// general path. The input is followed by 64 bytes of which the first is 0. Relaxed instructions are
// used within the bounds in which they do the same everywhere.

/** Where the last call stopped in the input. */
export let position: usize = 0
/** Where the output of the last call ends. */
export let written: usize = 0
/** Bytes of the records that the last call took, as they were before they were lines. */
export let decoded: usize = 0

// What is used in bundles of 16 bytes. To load it takes no instruction of its own; engines make a
// constant anew wherever it is used, in three instructions.
const lowClasses: usize = memory.data<u8>(
  [21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26],
  16,
)
const highClasses: usize = memory.data<u8>(
  [16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16],
  16,
)
const shifts: usize = memory.data<u8>(
  [0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0],
  16,
)
const pairWeights: usize = memory.data<i8>(
  [64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1],
  16,
)
const tripleWeights: usize = memory.data<i16>([4096, 1, 4096, 1, 4096, 1, 4096, 1], 16)
const byteOrder: usize = memory.data<u8>(
  [2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 12, 12, 12, 12],
  16,
)
const fifteens: usize = memory.data<u8>(
  [15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15],
  16,
)
const slashes: usize = memory.data<u8>(
  [47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47],
  16,
)
const comma: u8 = 0x2c
const lineFeed: u8 = 0x0a
const blanks: usize = memory.data<u8>(
  [32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32],
  16,
)
const quotes: usize = memory.data<u8>(
  [34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34],
  16,
)
const backslashes: usize = memory.data<u8>(
  [92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92],
  16,
)

/** Records that are taken before their bytes are looked at, while these are still in the first cache. */
const together: i32 = 16

/**
 * Takes records `{"data":"…"}`, with commas between, of which each is `{"message":"…"}` in base64,
 * and writes their messages as lines. Stops before the first that is anything else, is not there as
 * a whole, or would be one too many; and after the one with which `decoded` reaches `limit`.
 */
export function takeRecords(from: usize, out: usize, max: i32, limit: usize): i32 {
  position = from
  written = out
  decoded = 0
  let at = from
  let count = 0
  while (count < max && decoded < limit) {
    const stop = position
    const end = written
    const bytes = decoded
    const some = min(max - count, together)
    let taken = takeSome(at, some, limit, false)
    // A line has one odd byte, which ends it. If there are more, it is looked for one by one.
    if (countOdd(end, written) != taken) {
      position = stop
      written = end
      decoded = bytes
      taken = takeSome(at, some, limit, true)
    }
    count += taken
    if (taken < some || load<u8>(position) != comma) break
    at = position + 1
  }
  return count
}

/** Takes records; only if it is to be careful does it see to it that no byte in them is odd. */
function takeSome(from: usize, max: i32, limit: usize, isCareful: bool): i32 {
  let at = from
  let count = 0
  while (count < max && decoded < limit && isRecord(at)) {
    // What follows {"message":" is decoded to where it belongs, 64 characters at a time.
    at += 25
    const start = written
    let end = start
    let a = v128.load(at)
    let b = v128.load(at, 16)
    let c = v128.load(at, 32)
    let d = v128.load(at, 48)
    let foreignA = foreign(a)
    let foreignB = foreign(b)
    let foreignC = foreign(c)
    let foreignD = foreign(d)
    decode(a, end)
    decode(b, end + 12)
    decode(c, end + 24)
    decode(d, end + 36)
    while (!v128.any_true(v128.or(v128.or(foreignA, foreignB), v128.or(foreignC, foreignD)))) {
      at += 64
      end += 48
      a = v128.load(at)
      b = v128.load(at, 16)
      c = v128.load(at, 32)
      d = v128.load(at, 48)
      foreignA = foreign(a)
      foreignB = foreign(b)
      foreignC = foreign(c)
      foreignD = foreign(d)
      decode(a, end)
      decode(b, end + 12)
      decode(c, end + 24)
      decode(d, end + 36)
    }
    const valid = <usize>(
      ctz(
        bitsOf(foreignA) |
          (bitsOf(foreignB) << 16) |
          (bitsOf(foreignC) << 32) |
          (bitsOf(foreignD) << 48),
      )
    )
    at += valid
    const last = end + ((valid * 3) >> 2)
    // "} and perhaps a line feed end the record.
    const close = last - 2 - <usize>(load<u8>(last - 1) == lineFeed)
    if (load<u16>(close) != 0x7d22 || !isMessage(start, close)) break
    const padding = paddingOf(valid)
    if (padding > 2 || !isClosed(at, padding)) break
    at += padding + 2
    store<u8>(close, lineFeed)
    if (isCareful && countOdd(start, close + 1) != 1) break
    decoded += 12 + last - start
    written = close + 1
    count++
    position = at
    if (load<u8>(at) != comma) break
    at++
  }
  return count
}

/**
 * Takes events `{"id":"…","timestamp":…,"message":"…"}`, with commas between, and writes their
 * messages as lines. Stops before the first that is anything else or not there as a whole, and
 * before the bracket that ends them.
 */
export function takeEvents(from: usize, out: usize): i32 {
  let at = from
  let count = 0
  position = from
  written = out
  while (isEvent(at)) {
    at += 7
    let odd = oddities(v128.load(at))
    while (!v128.any_true(odd)) {
      at += 16
      odd = oddities(v128.load(at))
    }
    at += ctz(i8x16.bitmask(odd))
    // ","timestamp":
    if (load<u64>(at) != 0x73656d6974222c22 || load<u64>(at, 6) != 0x3a22706d61747365) break
    at += 14
    const digits = countDigits(v128.load(at))
    if (digits == 0 || digits > 15 || load<u8>(at) == 0x30) break
    at += digits
    // ,"message":"
    if (load<u64>(at) != 0x67617373656d222c || load<u32>(at, 8) != 0x223a2265) break
    at += 12
    const start = written
    let end = start
    let text = v128.load(at)
    v128.store(end, text)
    odd = oddities(text)
    while (!v128.any_true(odd)) {
      at += 16
      end += 16
      text = v128.load(at)
      v128.store(end, text)
      odd = oddities(text)
    }
    const rest = <usize>ctz(i8x16.bitmask(odd))
    at += rest
    end += rest
    // "}
    if (load<u16>(at) != 0x7d22 || !isMessage(start, end)) break
    at += 2
    store<u8>(end, lineFeed)
    written = end + 1
    count++
    position = at
    if (load<u8>(at) != comma) break
    at++
  }
  return count
}

/** Whether {"data":"eyJtZXNzYWdlIjoi stands here, a record that begins {"message":". */
// @ts-ignore: decorator
@inline
function isRecord(at: usize): bool {
  return (
    load<u64>(at) == 0x3a2261746164227b &&
    load<u8>(at, 8) == 0x22 &&
    load<u64>(at, 9) == 0x7a4e585a744a7965 &&
    load<u64>(at, 17) == 0x696f6a496c645759
  )
}

/** Whether {"id":" stands here. */
// @ts-ignore: decorator
@inline
function isEvent(at: usize): bool {
  return (load<u64>(at) & 0x00ffffffffffffff) == 0x00223a226469227b
}

// @ts-ignore: decorator
@inline
function countDigits(text: v128): usize {
  const isDigit = i8x16.lt_u(i8x16.sub(text, i8x16.splat(0x30)), i8x16.splat(10))
  return ctz(~i8x16.bitmask(isDigit))
}

/** Whether it is not empty, and no JSON by itself. */
// @ts-ignore: decorator
@inline
function isMessage(from: usize, to: usize): bool {
  return to > from && load<u8>(from) > 0x20 && load<u8>(from) != 0x7b
}

/** Characters of padding behind so many of base64; three where there can be none. */
// @ts-ignore: decorator
@inline
function paddingOf(characters: usize): usize {
  return -characters & 3
}

/** Whether so much padding stands here, at most 2, and "} behind it. */
// @ts-ignore: decorator
@inline
function isClosed(at: usize, padding: usize): bool {
  const shift = <u32>((2 - padding) << 3)
  const isEnd = (load<u32>(at) & (<u32>0xffffffff >> shift)) == <u32>0x7d223d3d >> shift
  // The brace or line feed before two. With other bits in it, what follows would spill into them.
  const before = load<u8>(at - 1)
  return isEnd & (padding != 2 || before == 0x51 || before == 0x67)
}

/** Which of 16 bytes are not 0, the first in the lowest bit. */
// @ts-ignore: decorator
@inline
function bitsOf(bytes: v128): u64 {
  return i8x16.bitmask(i8x16.ne(bytes, i8x16.splat(0)))
}

/** How many bytes are odd; any number above 127 for more than that. */
function countOdd(from: usize, to: usize): i32 {
  // A mark is −1, and the numbers of marks stop at 127.
  let counts = i8x16.splat(0)
  let more = i8x16.splat(0)
  let at = from
  for (; at + 32 <= to; at += 32) {
    counts = i8x16.sub_sat_s(counts, oddities(v128.load(at)))
    more = i8x16.sub_sat_s(more, oddities(v128.load(at, 16)))
  }
  const rest = i8x16.bitmask(oddities(v128.load(at))) | (i8x16.bitmask(oddities(v128.load(at, 16))) << 16)
  return sumOf(counts) + sumOf(more) + popcnt(rest & ((1 << <i32>(to - at)) - 1))
}

// @ts-ignore: decorator
@inline
function sumOf(counts: v128): i32 {
  const fours = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts))
  const twos = i32x4.add(fours, i8x16.shuffle(fours, fours, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  return i32x4.extract_lane(twos, 0) + i32x4.extract_lane(twos, 1)
}

/** Marks the characters that are not of base64. */
// @ts-ignore: decorator
@inline
function foreign(text: v128): v128 {
  const low = v128.and(text, v128.load(fifteens))
  return v128.and(
    i8x16.relaxed_swizzle(v128.load(lowClasses), low),
    i8x16.relaxed_swizzle(v128.load(highClasses), highHalf(text)),
  )
}

// @ts-ignore: decorator
@inline
function highHalf(text: v128): v128 {
  return v128.and(i16x8.shr_u(text, 4), v128.load(fifteens))
}

/**
 * Decodes 16 characters of base64 to 12 bytes, with four more behind them. After Wojciech Muła and
 * Daniel Lemire, Faster Base64 Encoding and Decoding Using AVX2 Instructions.
 */
// @ts-ignore: decorator
@inline
function decode(text: v128, out: usize): void {
  const isSlash = i8x16.eq(text, v128.load(slashes))
  const shift = i8x16.relaxed_swizzle(v128.load(shifts), i8x16.add(isSlash, highHalf(text)))
  const sextets = i8x16.add(text, shift)
  const pairs = i16x8.relaxed_dot_i8x16_i7x16_s(sextets, v128.load(pairWeights))
  const triples = i32x4.dot_i16x8_s(pairs, v128.load(tripleWeights))
  v128.store(out, i8x16.relaxed_swizzle(triples, v128.load(byteOrder)))
}

/** What does not stand for itself in a JSON string of ASCII; bytes beyond ASCII are negative. */
// @ts-ignore: decorator
@inline
function oddities(text: v128): v128 {
  return v128.or(
    i8x16.lt_s(text, v128.load(blanks)),
    v128.or(i8x16.eq(text, v128.load(quotes)), i8x16.eq(text, v128.load(backslashes))),
  )
}
