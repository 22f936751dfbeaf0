/** How many bytes may be under way at once. */
export interface Admission {
  /** A request comes in; it holds nothing yet. */
  enter(): Pending
}

/** What one request holds. */
export interface Pending {
  /** Holds so many bytes from now on; false when there is no room for them. */
  hold(bytes: number): boolean
  leave(): void
}

/** Builds an admission of so many bytes. A request that is alone may hold more. */
export function createAdmission(maxPendingBytes: number): Admission {
  let total = 0
  return {
    enter() {
      let held = 0
      return {
        hold(bytes) {
          const others = total - held
          if (bytes > held && others > 0 && others + bytes > maxPendingBytes) return false
          total = others + bytes
          held = bytes
          return true
        },
        leave() {
          total -= held
          held = 0
        },
      }
    },
  }
}
