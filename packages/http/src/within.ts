/** Resolves or rejects with the fallback when the promise has taken too long. */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T> | undefined,
  fallback: T | Error,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve, reject) => {
    const expire = () => (fallback instanceof Error ? reject(fallback) : resolve(fallback))
    timer = setTimeout(expire, milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
