import { expect, test } from 'vitest'
import { createBodyDigest } from './body-digest.ts'

function digestOf(chunks: readonly Uint8Array[]): string {
  const digest = createBodyDigest()
  for (const chunk of chunks) digest.update(chunk)
  return digest.finish()
}

const body = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251))

test('a digest has 128 bits, and does not depend on how the body was cut', () => {
  const whole = digestOf([body])
  expect(whole).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  for (const size of [1, 15, 16, 17, 1000, 4096]) {
    const count = Math.ceil(body.length / size)
    const chunks = Array.from({ length: count }, (_, index) =>
      body.subarray(index * size, (index + 1) * size),
    )
    expect(digestOf([...chunks, Buffer.alloc(0)]), `chunks of ${size}`).toBe(whole)
  }
})

test('bodies that differ in any byte, their order or their length have different digests', () => {
  const flipped = Array.from({ length: body.length }, (_, index) => {
    const other = Buffer.from(body)
    other[index] = (other[index] as number) ^ 1
    return other
  })
  const swapped = Buffer.concat([body.subarray(16, 32), body.subarray(0, 16), body.subarray(32)])
  const longer = Buffer.concat([body, Buffer.alloc(1)])
  const bodies = [body, ...flipped, swapped, longer, body.subarray(1), Buffer.alloc(16)]
  const digests = [...bodies.map((each) => digestOf([each])), digestOf([])]
  expect(new Set(digests).size).toBe(bodies.length + 1)
})
