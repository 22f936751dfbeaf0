/** A name that is no reserved word. */
export function quoted(key: string): string {
  return key === 'end' ? '"end"' : key
}
