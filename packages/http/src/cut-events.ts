/** Where the events are in a body of JSON lines or JSON arrays, found without parsing them. */

/** Stands at one event after the other. */
export interface EventCursor {
  /** Where the event begins. */
  readonly from: number
  /** Where it ends. */
  readonly to: number
  /** Goes to the next event; false when there is none. */
  next(): boolean
}

const newline = 10
const quote = 34
const comma = 44
const openBracket = 91
const backslash = 92
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/**
 * Builds a cursor at the beginning of a body. A line is an event, unless it begins with `[`: then
 * the elements of the array are, wherever its lines end.
 */
export function createEventCursor(body: Buffer): EventCursor {
  let isInArray = false
  let position = hasByteOrderMark(body) ? 3 : 0

  function skipBlanks(): number | undefined {
    while (position < body.length) {
      const byte = body[position] as number
      if (!isBlank(byte) && !(isInArray && byte === comma)) return byte
      position++
    }
    return undefined
  }

  const cursor = {
    from: 0,
    to: 0,
    next() {
      for (;;) {
        const byte = skipBlanks()
        if (byte === undefined) return false
        if (isInArray && byte === closeBracket) isInArray = false
        else if (!isInArray && byte === openBracket) isInArray = true
        else break
        position++
      }
      cursor.from = position
      position = isInArray ? endOfElement(body, position) : endOfLine(body, position)
      cursor.to = position
      while (isBlank(body[cursor.to - 1] as number)) cursor.to--
      return true
    },
  }
  return cursor
}

/** Whether a body is JSON, going by the first character; otherwise it is lines of text. */
export function isJsonBody(body: Buffer): boolean {
  let position = hasByteOrderMark(body) ? 3 : 0
  while (position < body.length && isBlank(body[position] as number)) position++
  return body[position] === openBrace || body[position] === openBracket
}

function hasByteOrderMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
}

function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

function endOfLine(body: Buffer, from: number): number {
  const end = body.indexOf(newline, from)
  return end === -1 ? body.length : end
}

function endOfElement(body: Buffer, from: number): number {
  let depth = 0
  for (let index = from; index < body.length; index++) {
    const byte = body[index]
    if (byte === quote) index = endOfString(body, index)
    else if (byte === openBrace || byte === openBracket) depth++
    else if (depth === 0 && (byte === comma || byte === closeBracket)) return index
    else if (byte === closeBrace || byte === closeBracket) depth--
  }
  return body.length
}

function endOfString(body: Buffer, from: number): number {
  for (let end = from; ; ) {
    end = body.indexOf(quote, end + 1)
    if (end === -1) return body.length
    let backslashes = 0
    while (body[end - 1 - backslashes] === backslash) backslashes++
    if (backslashes % 2 === 0) return end
  }
}
