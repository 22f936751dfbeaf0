/** The value of an environment variable that the stack sets. */
export function environment(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
