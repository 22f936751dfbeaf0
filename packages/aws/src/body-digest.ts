/** The digest by which a repeated request is known: cheaper than copying the body. */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'

/** Takes a body in chunks of any size. */
export interface BodyDigest {
  update(chunk: Uint8Array): void
  /** The digest of all chunks; nothing can be added then. */
  finish(): string
}

const algorithm = 'aes-128-gcm'
const key = createSecretKey(randomBytes(16))
const nonce = randomBytes(12)

/**
 * Begins a digest: the authentication tag of AES-GCM over bytes that are not encrypted, with a key of
 * this process. That is a polynomial over the body at a secret point, so whoever does not know the
 * key cannot find two bodies with the same digest but by chance, of at most 2⁻¹⁰⁵ for a pair of 64
 * MiB. One nonce serves all bodies, which is sound as long as no digest leaves the process: a forger
 * would need to see tags.
 */
export function createBodyDigest(): BodyDigest {
  const cipher = createCipheriv(algorithm, key, nonce)
  return {
    update(chunk) {
      cipher.setAAD(chunk)
    },
    finish() {
      cipher.final()
      return cipher.getAuthTag().toString('base64')
    },
  }
}
