import { describe, expect, test } from 'vitest'
import { createReplayCache } from './replay-cache.ts'

describe('what was stored', () => {
  test('is known by its id, and told by its digest', async () => {
    const cache = createReplayCache({ entries: 10, milliseconds: 10 }, () => 0)
    expect(cache.isKnown('a')).toBe(false)
    const attempt = await cache.begin('a')
    expect(cache.isKnown('a')).toBe(true)
    attempt?.end('1')
    expect(cache.isKnown('a')).toBe(true)
    expect(cache.isKnown('b')).toBe(false)
    expect(await cache.begin('a', '1')).toBeUndefined()
    const other = await cache.begin('a', '2')
    other?.end()
    expect(await cache.begin('a', '2')).toBeDefined()
  })

  test('is forgotten in the order in which it was stored', async () => {
    let time = 0
    const cache = createReplayCache({ entries: 3, milliseconds: 10 }, () => time)
    const store = async (id: string, digest: string) => (await cache.begin(id))?.end(digest)
    const known = () => ['a', 'b', 'c', 'd'].filter((id) => cache.isKnown(id)).join('')
    await store('a', '1')
    time = 5
    await store('a', '2')
    await store('b', '1')
    expect(known()).toBe('ab')
    time = 10
    // One of the two of this id is forgotten.
    expect(known()).toBe('ab')
    expect(await cache.begin('a', '2')).toBeUndefined()
    await store('c', '1')
    await store('d', '1')
    expect(known()).toBe('bcd')
    time = 15
    expect(known()).toBe('cd')
    // Storing it again makes it new.
    await store('c', '1')
    time = 20
    expect(known()).toBe('c')
  })

  test('is not what failed', async () => {
    const cache = createReplayCache({ entries: 10, milliseconds: 10 }, () => 0)
    const attempt = await cache.begin('a')
    attempt?.end()
    expect(cache.isKnown('a')).toBe(false)
  })
})

test('attempts of one id go one at a time, in order', async () => {
  const cache = createReplayCache({ entries: 10, milliseconds: 10 }, () => 0)
  const order: string[] = []
  async function attempt(name: string, digest: string | undefined) {
    const started = await cache.begin('a', 'digest')
    order.push(started ? `${name} begins` : `${name} was stored`)
    await new Promise(setImmediate)
    if (started) order.push(`${name} ends`)
    started?.end(digest)
  }
  await Promise.all([
    attempt('first', undefined),
    attempt('second', undefined),
    attempt('third', 'digest'),
    attempt('fourth', 'digest'),
  ])
  expect(order).toStrictEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
    'third begins',
    'third ends',
    'fourth was stored',
  ])
})
