/** An answer as a page of HTML that needs nothing from anywhere else. */
import type { Answer } from './answer.ts'
import { toSvg } from './answer-plot.ts'
import type { Chart } from './query.ts'

/** What stands around the table. */
export interface PageOptions {
  readonly title: string
  readonly about?: string
  readonly chart?: Chart | undefined
  readonly sql: string
}

/** The page. */
export function toHtmlPage(answer: Answer, { title, about, chart, sql }: PageOptions): string {
  const { columns, rows } = answer
  const cell = (text: string | null, index: number): string =>
    `<td${columns[index]?.isNumber ? ' class="number"' : ''}>${escapeHtml(text ?? '')}</td>`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; margin: 1.5rem 0 } th, td { padding: .25rem .75rem; border-bottom: 1px solid #d7dce2; text-align: left; white-space: nowrap }
.number { text-align: right; font-variant-numeric: tabular-nums } svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #1b1f24 }
pre { background: #f3f5f7; padding: 1rem; overflow: auto }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e4e8ec } svg text { fill: #e4e8ec } th, td { border-color: #353b42 } pre { background: #1e2328 } }
</style>
<h1>${escapeHtml(title)}</h1>
${about === undefined ? '' : `<p>${escapeHtml(about)}</p>\n`}${chart ? toSvg(answer, chart, escapeHtml) : ''}<table>
<thead><tr>${columns.map(({ name, isNumber }) => `<th${isNumber ? ' class="number"' : ''}>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody>
</table>
<details><summary>SQL</summary><pre>${escapeHtml(sql)}</pre></details>
</html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
