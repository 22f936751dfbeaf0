/** Which requests were stored, so that their repetition is acknowledged without storing it again. */

/** Remembers requests by their id together with the digest of their body. */
export interface ReplayCache {
  /** Whether a request of this id is remembered or under way, so that bodies have to be compared. */
  isKnown(id: string): boolean
  /**
   * Waits for attempts of this id that are under way, and starts one. Undefined when a request of
   * this id and digest was stored.
   */
  begin(id: string, digest?: string): Promise<Attempt | undefined>
}

/** One attempt to store a request. */
interface Attempt {
  /** Ends the attempt; with the digest of its body if it was stored. */
  end(storedDigest?: string): void
}

/** How much is remembered, and how long. */
export interface ReplayCacheOptions {
  /** Requests. */
  readonly entries: number
  readonly milliseconds: number
}

/** Builds an empty cache. */
export function createReplayCache(
  { entries, milliseconds }: ReplayCacheOptions,
  clock: () => number,
): ReplayCache {
  // In the order in which they were stored, so the first is the oldest.
  const stored = new Map<string, Entry>()
  const timesKnown = new Map<string, number>()
  const underWay = new Map<string, Promise<void>>()

  function forget(key: string, { id }: Entry): void {
    stored.delete(key)
    const times = (timesKnown.get(id) ?? 1) - 1
    if (times > 0) timesKnown.set(id, times)
    else timesKnown.delete(id)
  }

  function forgetOld(): void {
    const now = clock()
    for (const [key, entry] of stored) {
      if (stored.size <= entries && entry.until > now) return
      forget(key, entry)
    }
  }

  function remember(id: string, digest: string): void {
    const key = keyOf(id, digest)
    const known = stored.get(key)
    if (known) forget(key, known)
    stored.set(key, { id, until: clock() + milliseconds })
    timesKnown.set(id, (timesKnown.get(id) ?? 0) + 1)
    forgetOld()
  }

  return {
    isKnown(id) {
      forgetOld()
      return timesKnown.has(id) || underWay.has(id)
    },
    async begin(id, digest) {
      for (let other = underWay.get(id); other; other = underWay.get(id)) await other
      forgetOld()
      if (digest !== undefined && stored.has(keyOf(id, digest))) return undefined
      // Nothing is awaited between here and the look above, so one attempt goes at a time.
      let release = () => {}
      underWay.set(id, new Promise((resolve) => (release = resolve)))
      return {
        end(storedDigest) {
          if (storedDigest !== undefined) remember(id, storedDigest)
          underWay.delete(id)
          release()
        },
      }
    },
  }
}

interface Entry {
  readonly id: string
  /** Unix milliseconds. */
  readonly until: number
}

/** A digest has one length, so no two pairs have the same key. */
function keyOf(id: string, digest: string): string {
  return digest + id
}
