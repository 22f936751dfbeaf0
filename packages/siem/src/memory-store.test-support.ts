import type { ObjectStore } from './object-store.ts'

/** A store in memory that does what a test says. */
export interface MemoryStore extends ObjectStore {
  readonly objects: Map<string, Uint8Array>
  /** The keys of all attempts. */
  readonly attempts: string[]
  /** What happens before an object is kept; by default nothing. */
  before: (key: string) => unknown
}

/** Builds an empty one. */
export function createMemoryStore(): MemoryStore {
  const objects = new Map<string, Uint8Array>()
  const attempts: string[] = []
  return {
    objects,
    attempts,
    before() {},
    async put(key, bytes) {
      attempts.push(key)
      await this.before(key)
      objects.set(key, new Uint8Array(bytes))
    },
  }
}
