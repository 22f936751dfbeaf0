import { constants, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeMemory, gunzip } from './gunzip.ts'
import { inflateTogether } from './inflate-together.ts'

const limit = 1024 * 1024
const content = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc.nat(5000).map((length) => Buffer.alloc(length + 1, 'ab')),
)
const whole = fc
  .tuple(content, fc.constantFrom(0, 1, 6, 9), fc.constantFrom(1, 4))
  .map(([bytes, level, strategy]) =>
    gzipSync(bytes, {
      level,
      strategy: strategy === 4 ? constants.Z_FIXED : constants.Z_DEFAULT_STRATEGY,
    }),
  )

/** What `gunzip` makes of each payload, by itself. */
function oneByOne(payloads: readonly Uint8Array[]) {
  return payloads.map((payload) => gunzip(payload, limit))
}

describe('payloads', () => {
  test('of one member each are inflated together', () => {
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 20 }), (payloads) => {
        const inflated = inflateTogether(payloads, limit)
        expect(inflated?.contents.map((each) => Buffer.from(each))).toStrictEqual(
          payloads.map((payload) => Buffer.from(gunzipSync(payload))),
        )
      }),
    )
  })

  test('that are damaged are inflated as by themselves, or not at all', () => {
    const damaged = fc
      .tuple(whole, whole, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .chain(([one, other, at, to, byte]) => {
        const changed = Buffer.from(one)
        changed[at % one.length] = byte
        const said = Buffer.from(one)
        said.writeUInt32LE(to % 2000, one.length - 4)
        return fc.constantFrom(
          changed,
          said,
          one.subarray(0, 2 + (at % (one.length - 2))),
          Buffer.concat([one, other]),
          Buffer.concat([gzipSync(''), one]),
          Buffer.concat([one, gzipSync('')]),
          Buffer.concat([one, Buffer.alloc(1 + (at % 9))]),
          Buffer.concat([one, other.subarray(0, to % other.length)]),
          Buffer.concat([one, Buffer.from([byte])]),
        )
      })
    const payloads = fc.array(
      fc.oneof({ weight: 3, arbitrary: whole }, { weight: 1, arbitrary: damaged }),
      { minLength: 1, maxLength: 6 },
    )
    let together = 0
    fc.assert(
      fc.property(payloads, (payloads) => {
        const inflated = inflateTogether(payloads, limit)
        if (!inflated) return
        together++
        expect(inflated.contents.map((each) => Buffer.from(each))).toStrictEqual(
          oneByOne(payloads).map((each) => Buffer.from(each)),
        )
      }),
      { numRuns: 2000 },
    )
    expect(together).toBeGreaterThan(500)
  })

  test('that swallow what stands behind them are not taken for others', () => {
    // A stored block that wants what follows it; its end says where the mark will lie in there.
    const [separatorLength, markAt] = [39, 15]
    const text = Buffer.from('{"message":"2 ')
    for (const swallowed of [separatorLength, separatorLength + 2, separatorLength + 10]) {
      const length = text.length + 4 + swallowed
      const block = Buffer.from([0, 0, 0, 0, 0])
      block.writeUInt16LE(length, 1)
      block.writeUInt16LE(0xffff - length, 3)
      const said = Buffer.alloc(4)
      said.writeUInt32LE(text.length + 4 + markAt)
      const first = Buffer.concat([gzipSync('').subarray(0, 10), block, text, said])
      expect(inflateTogether([first, gzipSync(text)], limit)).toBeUndefined()
    }
  })

  test('that inflate to more than they may are left', () => {
    const payload = gzipSync(Buffer.alloc(1000))
    expect(inflateTogether([payload, payload], 2000)?.contents.length).toBe(2)
    expect(inflateTogether([payload, payload], 1999)).toBeUndefined()
    const bomb = Buffer.concat([gzipSync(Buffer.alloc(50 * limit)), payload])
    expect(inflateTogether([bomb, payload], limit)).toBeUndefined()
  })
})

describe('memory', () => {
  test('of inflated data is freed', () => {
    const payload = gzipSync(Buffer.alloc(100_000, 'x'))
    const memories = [inflateTogether([payload, payload], limit)?.memory, gunzip(payload, limit)]
    for (const memory of memories) {
      if (!(memory instanceof Uint8Array)) throw new Error('nothing was inflated')
      freeMemory(memory)
      expect(memory.length).toBe(0)
    }
  })

  test('that others have a part of stays', () => {
    // Both lie in the pool of Node's buffers.
    const [one, other] = [Buffer.from('one'), Buffer.from('other')]
    freeMemory(one)
    expect([one, other].map(String)).toStrictEqual(['one', 'other'])
    const large = new Uint8Array(100_000)
    freeMemory(large.subarray(0, 50_000))
    expect(large.length).toBe(100_000)
  })
})
