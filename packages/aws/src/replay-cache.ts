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
  const stored = new Map<string, readonly Entry[]>()
  /** What was stored, from `first` on in the order in which it was. A map walks over what left its front. */
  let queue: Entry[] = []
  let first = 0
  const underWay = new Map<string, Promise<void>>()

  function find(id: string, digest: string): Entry | undefined {
    return stored.get(id)?.find((entry) => entry.digest === digest)
  }

  function forget(entry: Entry): void {
    const others = stored.get(entry.id)?.filter((each) => each !== entry) ?? []
    if (others.length > 0) stored.set(entry.id, others)
    else stored.delete(entry.id)
  }

  function forgetOld(): void {
    const now = clock()
    for (let oldest = queue[first]; oldest; oldest = queue[first]) {
      if (queue.length - first <= entries && oldest.until > now) break
      forget(oldest)
      first++
    }
    if (first <= entries) return
    queue = queue.slice(first)
    first = 0
  }

  function remember(id: string, digest: string): void {
    const known = find(id, digest)
    if (known) {
      forget(known)
      queue.splice(queue.indexOf(known, first), 1)
    }
    const entry = { id, digest, until: clock() + milliseconds }
    stored.set(id, [...(stored.get(id) ?? []), entry])
    queue.push(entry)
    forgetOld()
  }

  return {
    isKnown(id) {
      forgetOld()
      return stored.has(id) || underWay.has(id)
    },
    async begin(id, digest) {
      for (let other = underWay.get(id); other; other = underWay.get(id)) await other
      forgetOld()
      if (digest !== undefined && find(id, digest)) return undefined
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
  readonly digest: string
  /** Unix milliseconds. */
  readonly until: number
}
