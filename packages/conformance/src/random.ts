/** A seeded source of randomness: the same seed gives the same values on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** Some of the items, in any order; each with this probability. */
  some<Item>(items: readonly Item[], probability: number): Item[]
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)]!,
    some(items, probability) {
      const chosen = items.filter(() => next() < probability)
      for (let index = chosen.length - 1; index > 0; index--) {
        const other = below(index + 1)
        const item = chosen[index]!
        chosen[index] = chosen[other]!
        chosen[other] = item
      }
      return chosen
    },
  }
}
