/** Bytes that may be text, for people. */
import { isUtf8 } from 'node:buffer'

/** Bytes as text if they are that, as base64 otherwise. */
export function rawText(bytes: Uint8Array): string {
  return isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
    : toBase64(bytes)
}

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
