/** Charts in text. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A bar for each value, the greatest as wide as it says. */
export function toBars(values: readonly number[], width = 20): readonly string[] {
  const greatest = Math.max(0, ...values)
  return values.map((value) => {
    if (greatest === 0 || value <= 0) return ''
    const parts = Math.max(1, Math.round((value / greatest) * width * 8))
    return `${'█'.repeat(Math.floor(parts / 8))}${eighths[parts % 8]}`
  })
}

/** All values in one line, one character each; the greatest of several where there are too many. */
export function toSparkline(values: readonly number[], width = 80): string {
  const size = Math.ceil(values.length / width)
  const shown = Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    Math.max(...values.slice(index * size, (index + 1) * size)),
  )
  const greatest = Math.max(0, ...shown)
  return shown
    .map((value) => levels[greatest === 0 ? 0 : Math.round((value / greatest) * 7)])
    .join('')
}
