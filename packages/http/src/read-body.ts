/** The body of a request, whole and inflated, within bounds. */
import type { Transform as Decoder } from 'node:stream'
import { createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { busy, type Refusal, refusal, tooLarge } from './refusal.ts'
import { isFramedSnappy, uncompressSnappy } from './uncompress-snappy.ts'

/** What a body may take. */
export interface BodyLimits {
  readonly maxBodyBytes: number
  /** Asked with the bytes that the body takes; false when there is no room for them. */
  readonly hold: (bytes: number) => boolean
}

const chunkSize = 256 * 1024

/** Reads a body and inflates it. Throws refusals. */
export async function readBody(
  { headers, body }: Pick<Request, 'headers' | 'body'>,
  limits: BodyLimits,
): Promise<Buffer> {
  const encoding = encodingOf(headers.get('content-encoding') ?? '')
  if (Number(headers.get('content-length')) > limits.maxBodyBytes) {
    throw tooLarge(limits.maxBodyBytes)
  }
  // What comes after a refusal is still to be read.
  const chunks = body?.values({ preventCancel: true }) ?? []
  const raw = await collect(chunks, limits, 0, 'the body ended early')
  if (raw.length === 0) return raw
  // What a proxy did to the headers does not matter where the bytes speak for themselves.
  if (hasMagic(raw, gzip)) return inflate(createGunzip({ chunkSize }), raw, limits)
  if (hasMagic(raw, zstandard)) return inflate(createZstdDecompress({ chunkSize }), raw, limits)
  if (encoding === 'snappy' || isFramedSnappy(raw)) return uncompressSnappy(raw, limits)
  if (encoding !== 'deflate' && encoding !== 'zlib') return raw
  const isZlib = (raw[0]! & 15) === 8 && raw.length > 1 && raw.readUInt16BE(0) % 31 === 0
  const decoder = isZlib ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize })
  return inflate(decoder, raw, limits)
}

const encodings = ['gzip', 'x-gzip', 'deflate', 'zlib', 'zstd', 'snappy', 'x-snappy-framed']
const gzip = Buffer.from([0x1f, 0x8b])
const zstandard = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

function encodingOf(header: string): string | undefined {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  const [name] = names
  if (name === undefined) return undefined
  if (names.length === 1 && encodings.includes(name)) return name
  throw refusal(415, 'the content encoding must be gzip, deflate, zstd or snappy', {
    'accept-encoding': 'gzip, deflate, zstd, snappy',
  })
}

function hasMagic(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic)
}

async function inflate(decoder: Decoder, raw: Buffer, limits: BodyLimits): Promise<Buffer> {
  decoder.end(raw)
  return collect(decoder, limits, raw.length, 'the body is not whole compressed data')
}

async function collect(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxBodyBytes, hold }: BodyLimits,
  heldBefore: number,
  failure: string,
): Promise<Buffer> {
  const collected: Uint8Array[] = []
  let bytes = 0
  let excess: Refusal | undefined
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > maxBodyBytes) excess = tooLarge(maxBodyBytes)
      else if (!hold(heldBefore + bytes)) excess = busy()
      if (excess) break
      collected.push(chunk)
    }
  } catch {
    throw excess ?? refusal(400, failure)
  }
  if (excess) throw excess
  return Buffer.concat(collected)
}
