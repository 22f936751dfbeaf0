/** Titled lists of lines, side by side as far as the width allows, or else below each other. */
export interface Block {
  readonly title: string
  readonly lines: readonly string[]
}

const minimumWidth = 36
const gap = 2

/** Lays blocks out. */
export function sideBySide(blocks: readonly Block[], width: number): string[] {
  const columns = Math.max(
    1,
    Math.min(blocks.length, Math.floor((width + gap) / (minimumWidth + gap))),
  )
  const columnWidth = Math.floor((width + gap) / columns) - gap
  const rows: string[] = []
  for (let at = 0; at < blocks.length; at += columns) {
    if (at > 0) rows.push('')
    const band = blocks.slice(at, at + columns).map(({ title, lines }) => {
      return [title, '-'.repeat(Math.min(title.length, columnWidth)), ...lines].flatMap((line) =>
        cut(line, columnWidth),
      )
    })
    const height = Math.max(...band.map((lines) => lines.length))
    for (let row = 0; row < height; row++) {
      const cells = band.map((lines) => (lines[row] ?? '').padEnd(columnWidth))
      rows.push(cells.join(' '.repeat(gap)).trimEnd())
    }
  }
  return rows
}

/** A long line goes on below, indented. */
function cut(line: string, width: number): string[] {
  if (line.length <= width) return [line]
  const rest = cut(line.slice(width), width - 2).map((each) => `  ${each}`)
  return [line.slice(0, width), ...rest]
}
