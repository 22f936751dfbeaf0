import Table from 'cli-table3'

/** Rows as a table; the last column wraps to the width of the terminal. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? 120,
): string {
  const widths = head.map((title, column) =>
    Math.max(
      ...[title, ...rows.map((row) => row[column] ?? '')].flatMap((cell) =>
        cell.split('\n').map((part) => part.length + 2),
      ),
    ),
  )
  const others = widths.slice(0, -1).reduce((sum, each) => sum + each + 1, 2)
  const last = Math.max(24, Math.min(widths.at(-1) ?? 0, width - others))
  const table = new Table({
    head: [...head],
    colWidths: [...widths.slice(0, -1), last],
    wordWrap: true,
    style: { head: [], border: [] },
  })
  table.push(...rows.map((row) => [...row]))
  return `${table.toString()}\n`
}
