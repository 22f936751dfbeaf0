/**
 * JSON text to MessagePack without building objects: what is text in one is copied to the other, and
 * integers keep all their digits. The JSON must be valid and without blanks, as transforms write it.
 */
import type { Writer } from './message-pack.ts'

/** Attributes that go after those of the document. */
export type Additions = readonly (readonly [name: string, value: string])[]

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const zero = 0x30
const nine = 0x39
const minus = 0x2d
const openObject = 0x7b
const closeObject = 0x7d
const openList = 0x5b
const closeList = 0x5d
const dot = 0x2e
/** The most digits that are certainly exact as a number. */
const safeDigits = 15

const decoder = new TextDecoder()
const encoder = new TextEncoder()
const none: Uint8Array = new Uint8Array(0)

/** Writes the object that begins at `start`, and the additions at its end. */
export type WriteObject = (bytes: Uint8Array, start: number, additions: Additions) => void

/** Builds the writer of documents; `flatten` joins the names of nested objects by dots. */
export function createWriteObject(writer: Writer, flatten: boolean): WriteObject {
  let json = none
  let at = 0

  return (bytes, start, additions) => {
    json = bytes
    at = start
    const head = writer.begin()
    const members = flatten ? writeFlat(none) : writeMembers()
    for (const [name, value] of additions) {
      writer.writeText(name)
      writer.writeText(value)
    }
    writer.end(head, members + additions.length, 'map')
  }

  function writeMembers(): number {
    let size = 0
    at++
    while (json[at] !== closeObject) {
      if (json[at] === comma) at++
      writeString()
      at++
      writeValue()
      size++
    }
    at++
    return size
  }

  function writeFlat(prefix: Uint8Array): number {
    let size = 0
    at++
    while (json[at] !== closeObject) {
      if (json[at] === comma) at++
      const name = joinNames(prefix, readName())
      at++
      if (json[at] === openObject) {
        size += writeFlat(name)
        continue
      }
      writer.writeUtf8(name, 0, name.length)
      writeValue()
      size++
    }
    at++
    return size
  }

  function writeValue(): void {
    const byte = json[at]!
    if (byte === quote) writeString()
    else if (byte === minus || (byte >= zero && byte <= nine)) writeNumber()
    else if (byte === openObject) {
      const at = writer.begin()
      writer.end(at, writeMembers(), 'map')
    } else if (byte === openList) writeList()
    else writeWord()
  }

  function writeList(): void {
    const head = writer.begin()
    let size = 0
    at++
    while (json[at] !== closeList) {
      if (json[at] === comma) at++
      writeValue()
      size++
    }
    at++
    writer.end(head, size, 'list')
  }

  function writeString(): void {
    const from = at + 1
    let end = from
    while (json[end] !== quote && json[end] !== backslash) end++
    if (json[end] === backslash) return writer.writeText(readEscaped())
    writer.writeUtf8(json, from, end)
    at = end + 1
  }

  function readName(): Uint8Array {
    const from = at + 1
    let end = from
    while (json[end] !== quote && json[end] !== backslash) end++
    if (json[end] === backslash) return encoder.encode(readEscaped())
    at = end + 1
    return json.subarray(from, end)
  }

  function readEscaped(): string {
    const from = at
    at++
    while (json[at] !== quote) at += json[at] === backslash ? 2 : 1
    at++
    return JSON.parse(decoder.decode(json.subarray(from, at)))
  }

  function writeNumber(): void {
    const from = at
    if (json[at] === minus) at++
    let value = 0
    for (let byte = json[at]!; byte >= zero && byte <= nine; byte = json[++at]!) {
      value = value * 10 + byte - zero
    }
    const end = json[at]
    if (end === comma || end === closeObject || end === closeList) {
      if (at - from <= safeDigits && json[from] !== minus) return writer.writeInteger(value)
      const integer = BigInt(textBetween(from, at))
      const isSafe = Number.isSafeInteger(Number(integer))
      return writer.writeInteger(isSafe ? Number(integer) : integer)
    }
    while (!isEndOfValue(json[at]!)) at++
    writer.writeFloat(Number(textBetween(from, at)))
  }

  function writeWord(): void {
    const from = at
    while (!isEndOfValue(json[at]!)) at++
    const word = textBetween(from, at)
    writer.writeByte(word === 'true' ? 0xc3 : word === 'false' ? 0xc2 : 0xc0)
  }

  function textBetween(from: number, to: number): string {
    return decoder.decode(json.subarray(from, to))
  }
}

function isEndOfValue(byte: number): boolean {
  return byte === comma || byte === closeObject || byte === closeList
}

function joinNames(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  if (prefix.length === 0) return name
  const joined = new Uint8Array(prefix.length + 1 + name.length)
  joined.set(prefix)
  joined[prefix.length] = dot
  joined.set(name, prefix.length + 1)
  return joined
}
