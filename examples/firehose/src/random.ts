/** A seeded source of randomness: the same seed gives the same values on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, both bounds included. */
  integer(from: number, to: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  exponential(mean: number): number
  poisson(mean: number): number
  hex(digits: number): string
  /** Reorders the items in place. */
  shuffle<Item>(items: Item[]): void
}

export function createRandom(seed: string | number): Random {
  const next = sfc32(String(seed))
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  const exponential = (mean: number) => -Math.log(1 - next()) * mean

  return {
    next,
    integer,
    exponential,
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    poisson(mean) {
      let count = -1
      for (let elapsed = 0; elapsed < mean || count < 0; count++) elapsed += exponential(1)
      return count
    },
    hex(digits) {
      let text = ''
      while (text.length < digits) text += integer(0, 0xffff).toString(16).padStart(4, '0')
      return text.slice(0, digits)
    },
    shuffle(items) {
      for (let index = items.length - 1; index > 0; index--) {
        const other = integer(0, index)
        const item = items[index]!
        items[index] = items[other]!
        items[other] = item
      }
    },
  }
}

// Chris Doty-Humphrey's sfc32, its state filled by FNV-1a from the seed's text.
function sfc32(seed: string): () => number {
  let a = hash(`${seed}/a`)
  let b = hash(`${seed}/b`)
  let c = hash(`${seed}/c`)
  let counter = 1
  const next = () => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 0x1_0000_0000
  }
  for (let round = 0; round < 15; round++) next()
  return next
}

function hash(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  }
  return state
}
