/** The body of a Firehose request, cut into its records while its bytes arrive. */
import { createByteQueue } from './byte-queue.ts'
import { isBlank } from './content-kind.ts'
import { decodeBase64 } from './decode-base64.ts'
import { isDelimiter, isEscaped, parseString } from './json-token.ts'
import type { PlainRecords, TakePlainRecords } from './record-window.ts'
import { type Refusal, refusal } from './refusal.ts'

/** Reads one body; what is no body that Firehose sends is thrown as a refusal. */
export interface FirehoseBody {
  /** Takes the next bytes, and hands out the records that they complete. */
  write(chunk: Uint8Array): Generator<FirehoseRecord, void, undefined>
  /** The body is complete. */
  end(): void
  /** The body's own request id, once it was read. */
  readonly requestId: string | undefined
}

/** The bytes of a record, or why it has none; `line` is its text. Or several records, of one line each. */
export type FirehoseRecord =
  | Uint8Array
  | PlainRecords
  | { readonly code: 'bad_base64' | 'unknown_shape'; readonly line: string }

/** What a body may hold. */
export interface FirehoseBodyOptions {
  /** The request id in the headers; the body's must be the same. */
  readonly requestId?: string | undefined
  readonly maxRecords: number
  /** Takes records together. Default: each is taken by itself. */
  readonly takePlainRecords?: TakePlainRecords
}

type Expected = 'document' | 'name' | 'first name' | 'colon' | 'value' | 'first value' | 'more'

const maxDepth = 100
const maxScalarLength = 1024
const quote = 34
const openArray = 91
const closeArray = 93
const openObject = 123
const closeObject = 125
const byteOrderMark = Buffer.from('\uFEFF')
const plainBeginning = Buffer.from('{"data":"')
const scalar = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/

/**
 * Builds the reader of one body. Members may come in any order; those it does not know are checked
 * and dropped. Of several members `data` in a record the last holds, as for `JSON.parse`.
 */
export function createFirehoseBody({
  requestId,
  maxRecords,
  takePlainRecords = () => undefined,
}: FirehoseBodyOptions): FirehoseBody {
  const queue = createByteQueue()
  let expected: Expected | 'nothing' = 'document'
  /** Brackets that are open, from the outermost on. */
  const open: number[] = []
  /** The member that is being read, of the document or of a record. */
  let member = ''
  const seen = new Set<string>()
  let bodyId: string | undefined
  let inRecords = false
  let records = 0
  /** Of the record that is being read. */
  let data: string | undefined
  let complete: FirehoseRecord | undefined
  /** Bytes from `queue.at` on in which the string that is being read does not end. */
  let searched = 0

  function invalid(): Refusal {
    return refusal(400, `the body is not JSON at byte ${queue.offset + queue.at}`)
  }

  /** Reads one token, and says whether it was there as a whole. */
  function step(): boolean {
    const { bytes } = queue
    let { at } = queue
    while (at < bytes.length && isBlank(bytes[at] as number)) at++
    queue.at = at
    if (at === bytes.length) return false
    const byte = bytes[at] as number
    switch (expected) {
      case 'document':
        return startDocument(byte)
      case 'first name':
        return byte === closeObject ? close() : takeName(byte)
      case 'name':
        return takeName(byte)
      case 'colon':
        return pass(byte === 58, 'value')
      case 'first value':
        return byte === closeArray ? close() : takeValue(byte)
      case 'value':
        return takeValue(byte)
      case 'more': {
        const isObject = open.at(-1) === openObject
        if (byte === (isObject ? closeObject : closeArray)) return close()
        return pass(byte === 44, isObject ? 'name' : 'value')
      }
      default:
        throw invalid()
    }
  }

  function pass(isRight: boolean, next: Expected): boolean {
    if (!isRight) throw invalid()
    queue.at++
    expected = next
    return true
  }

  function startDocument(byte: number): boolean {
    if (byte === byteOrderMark[0] && queue.offset + queue.at === 0) {
      const start = queue.bytes.subarray(0, byteOrderMark.length)
      if (start.length < byteOrderMark.length) return false
      if (!start.equals(byteOrderMark)) throw invalid()
      queue.at = byteOrderMark.length
      return true
    }
    if (byte !== openObject) throw refusal(400, 'the body is not a JSON object')
    return openBracket(byte)
  }

  function takeName(byte: number): boolean {
    if (byte !== quote) throw invalid()
    const name = takeString()
    if (name === undefined) return false
    expected = 'colon'
    if (open.length === 1) {
      if (seen.has(name)) throw refusal(400, `the body has "${name}" twice`)
      if (name === 'requestId' || name === 'records') seen.add(name)
    }
    if (open.length === 1 || open.length === 3) member = name
    return true
  }

  function takeValue(byte: number): boolean {
    if (isAtRecord()) {
      if (records === maxRecords) throw refusal(400, `the body has more than ${maxRecords} records`)
      if (takeRun()) return true
      const isTaken = takePlainRecord()
      if (isTaken !== false) return isTaken ?? false
      records++
      data = undefined
      searched = 0
      queue.keep = queue.at
    }
    if (open.length === 1) checkMember(byte)
    if (byte === openObject || byte === openArray) return openBracket(byte)
    if (byte !== quote) return takeScalar()
    const text = takeString()
    if (text === undefined) return false
    if (open.length === 1 && member === 'requestId') takeRequestId(text)
    endValue(text)
    return true
  }

  function checkMember(byte: number): void {
    if (member === 'records') {
      if (byte !== openArray) throw refusal(400, 'the body has no array "records"')
      inRecords = true
    }
    if (member === 'requestId' && byte !== quote) {
      throw refusal(400, 'the request id in the body is not text')
    }
  }

  function isAtRecord(): boolean {
    return inRecords && open.length === 2 && queue.keep === undefined
  }

  /** Takes records next to each other; false when the next one has to be looked at by itself. */
  function takeRun(): boolean {
    const taken = takePlainRecords(queue, maxRecords - records)
    if (!taken) return false
    records += taken.records
    complete = taken
    expected = 'more'
    searched = 0
    return true
  }

  /**
   * Takes a record as Firehose writes it, `{"data":"…"}`, at once: whether it was one, or undefined
   * when it is not there as a whole.
   */
  function takePlainRecord(): boolean | undefined {
    const { bytes, at } = queue
    for (let index = 0; index < plainBeginning.length; index++) {
      if (at + index === bytes.length) return undefined
      if (bytes[at + index] !== plainBeginning[index]) return false
    }
    const from = at + plainBeginning.length
    const end = bytes.indexOf(quote, Math.max(from, at + searched))
    searched = (end === -1 ? bytes.length : end) - at
    if (end === -1 || end + 1 === bytes.length) return undefined
    if (bytes[end + 1] !== closeObject) return false
    const decoded = decodeBase64(bytes.toString('latin1', from, end))
    if (decoded === undefined) return false
    records++
    complete = decoded
    queue.at = end + 2
    expected = 'more'
    searched = 0
    return true
  }

  function openBracket(byte: number): boolean {
    if (open.length === maxDepth) {
      throw refusal(400, `the body is nested more than ${maxDepth} deep`)
    }
    open.push(byte)
    return pass(true, byte === openObject ? 'first name' : 'first value')
  }

  function close(): boolean {
    queue.at++
    open.pop()
    if (open.length === 1) inRecords = false
    endValue(undefined)
    return true
  }

  /** A string that begins here, or undefined when it does not end in the bytes at hand. */
  function takeString(): string | undefined {
    const { bytes, at } = queue
    let end = bytes.indexOf(quote, at + Math.max(1, searched))
    while (end !== -1 && isEscaped(bytes, end)) end = bytes.indexOf(quote, end + 1)
    searched = end === -1 ? bytes.length - at : 0
    if (end === -1) return undefined
    const text = parseString(bytes.subarray(at, end + 1))
    if (text === undefined) throw invalid()
    queue.at = end + 1
    return text
  }

  function takeScalar(): boolean {
    const { bytes, at } = queue
    let end = at
    while (end < bytes.length && !isDelimiter(bytes[end] as number)) end++
    if (end - at > maxScalarLength) throw invalid()
    if (end === bytes.length) return false
    if (!scalar.test(bytes.toString('latin1', at, end))) throw invalid()
    queue.at = end
    endValue(undefined)
    return true
  }

  /** `text` is the value if it is a string. */
  function endValue(text: string | undefined): void {
    expected = open.length === 0 ? 'nothing' : 'more'
    if (!inRecords) return
    if (open.length === 3 && open[2] === openObject && member === 'data') data = text
    else if (open.length === 2) endRecord()
  }

  function endRecord(): void {
    if (data !== undefined) {
      complete = decodeBase64(data) ?? { code: 'bad_base64', line: data }
    } else {
      const line = queue.bytes.toString('utf8', queue.keep, queue.at)
      complete = { code: 'unknown_shape', line }
    }
    queue.keep = undefined
  }

  function takeRequestId(text: string): void {
    if (requestId !== undefined && requestId !== text) {
      throw refusal(400, 'the request ids in X-Amz-Firehose-Request-Id and in the body differ')
    }
    bodyId = text
  }

  return {
    *write(chunk) {
      queue.add(chunk)
      // A record that the chunk before has begun, without a look at both chunks together.
      let isAhead = searched > 0 && isAtRecord() && takeRun()
      while (isAhead || step()) {
        isAhead = false
        if (complete === undefined) continue
        const record = complete
        complete = undefined
        yield record
      }
    },
    end() {
      if (expected !== 'nothing') throw refusal(400, 'the body is not JSON: it ends early')
      if (!seen.has('records')) throw refusal(400, 'the body has no array "records"')
    },
    get requestId() {
      return bodyId
    },
  }
}
