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

/** 16 bytes each; to load them costs less than to make them anew for each 16 characters. */
const tables: usize = memory.data<u8>([
  21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26, 16, 16, 1, 2, 4, 8, 4, 8, 16, 16,
  16, 16, 16, 16, 16, 16, 0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0,
])

/**
 * Takes records `{"data":"…"}`, with commas between, of which each is `{"message":"…"}` in base64,
 * and writes their messages as lines. Stops before the first that is anything else, is not there as
 * a whole, or would be one too many; and after the one with which `decoded` reaches `limit`.
 */
export function takeRecords(from: usize, out: usize, max: i32, limit: usize): i32 {
  let at = from
  let count = 0
  position = from
  written = out
  decoded = 0
  while (count < max && decoded < limit && isRecord(at)) {
    // What follows {"message":" is decoded to where it belongs.
    at += 25
    const start = written
    let end = start
    let text = v128.load(at)
    let odd = oddities(decode(text, end))
    while (!v128.any_true(v128.or(foreign(text), odd))) {
      at += 16
      end += 12
      text = v128.load(at)
      odd = oddities(decode(text, end))
    }
    let valid = countBase64(text)
    at += valid
    let last = end + ((valid * 3) >> 2)
    end += ctz(i8x16.bitmask(odd) | 0x1000)
    if (valid == 16) {
      // The two or three bytes that end a record may be cut here.
      text = v128.load(at)
      decode(text, last)
      valid = countBase64(text)
      at += valid
      last += (valid * 3) >> 2
    }
    const hasNewline = last == end + 3 && load<u8>(end, 2) == 0x0a
    if (!hasNewline && last != end + 2) break
    // "}
    if (load<u16>(end) != 0x7d22 || !isMessage(start, end)) break
    let padding: usize = 0
    while (load<u8>(at + padding) == 0x3d) padding++
    if (!isWhole(valid & 3, padding)) break
    at += padding
    if (load<u16>(at) != 0x7d22) break
    at += 2
    store<u8>(end, 0x0a)
    decoded += 12 + last - start
    written = end + 1
    count++
    position = at
    // ,
    if (load<u8>(at) != 0x2c) break
    at++
  }
  return count
}

/**
 * Takes events `{"id":"…","timestamp":…,"message":"…"}`, with commas between, and writes their
 * messages as lines and where each event begins, from `from` on, to `offsets`. Stops before the
 * first that is anything else or not there as a whole, and before the bracket that ends them.
 */
export function takeEvents(from: usize, out: usize, offsets: usize): i32 {
  let at = from
  let count = 0
  position = from
  written = out
  while (isEvent(at)) {
    store<u32>(offsets + (count << 2), <u32>(at - from))
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
    store<u8>(end, 0x0a)
    written = end + 1
    count++
    position = at
    // ,
    if (load<u8>(at) != 0x2c) break
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

/** Whether the number of characters after the last four, and of the padding, go together. */
// @ts-ignore: decorator
@inline
function isWhole(rest: usize, padding: usize): bool {
  return rest == 0 ? padding == 0 : rest + padding == 4 && rest != 1
}

/** How many characters there are before the first that is not of base64. */
// @ts-ignore: decorator
@inline
function countBase64(text: v128): usize {
  return ctz(~i8x16.bitmask(i8x16.eq(foreign(text), i8x16.splat(0))))
}

/** Marks the characters that are not of base64. */
// @ts-ignore: decorator
@inline
function foreign(text: v128): v128 {
  const low = v128.and(text, i8x16.splat(0x0f))
  return v128.and(
    i8x16.relaxed_swizzle(v128.load(tables), low),
    i8x16.relaxed_swizzle(v128.load(tables, 16), highHalf(text)),
  )
}

// @ts-ignore: decorator
@inline
function highHalf(text: v128): v128 {
  return v128.and(i16x8.shr_u(text, 4), i8x16.splat(0x0f))
}

/**
 * Decodes 16 characters of base64 to 12 bytes, of which it returns the last five times. After
 * Wojciech Muła and Daniel Lemire, Faster Base64 Encoding and Decoding Using AVX2 Instructions.
 */
// @ts-ignore: decorator
@inline
function decode(text: v128, out: usize): v128 {
  const isSlash = i8x16.eq(text, i8x16.splat(0x2f))
  const shift = i8x16.relaxed_swizzle(v128.load(tables, 32), i8x16.add(isSlash, highHalf(text)))
  const sextets = i8x16.add(text, shift)
  const pairs = i16x8.relaxed_dot_i8x16_i7x16_s(
    sextets,
    i8x16(64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1),
  )
  const triples = i32x4.dot_i16x8_s(pairs, i16x8(4096, 1, 4096, 1, 4096, 1, 4096, 1))
  const bytes = i8x16.swizzle(
    triples,
    i8x16(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 12, 12, 12, 12),
  )
  v128.store(out, bytes)
  return bytes
}

/** What does not stand for itself in a JSON string of ASCII; bytes beyond ASCII are negative. */
// @ts-ignore: decorator
@inline
function oddities(text: v128): v128 {
  return v128.or(
    i8x16.lt_s(text, i8x16.splat(0x20)),
    v128.or(i8x16.eq(text, i8x16.splat(0x22)), i8x16.eq(text, i8x16.splat(0x5c))),
  )
}
