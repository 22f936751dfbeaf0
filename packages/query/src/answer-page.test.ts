import { expect, test } from 'vitest'
import { type Answer, chartPoints, toHtmlPage } from './index.ts'

const answer: Answer = {
  columns: [
    { name: 'srcaddr', isNumber: false },
    { name: 'dstport', isNumber: true },
    { name: 'records', isNumber: true },
    { name: 'bytes', isNumber: true },
  ],
  rows: [
    ['10.0.0.1', '443', '2', '4000'],
    ['2001:db8::1', '22', '1', '1000'],
    ['<script>', null, '1', null],
  ],
}

test('the points of a chart are labelled with what tells rows apart', () => {
  expect(chartPoints(answer, { kind: 'bar', value: 'bytes' })).toStrictEqual([
    { label: '10.0.0.1 443', value: 4000 },
    { label: '2001:db8::1 22', value: 1000 },
    { label: '<script>', value: 0 },
  ])
  expect(chartPoints(answer, { kind: 'bar', value: 'packets' })).toStrictEqual([])
})

test('a page', () => {
  const page = toHtmlPage(answer, {
    title: 'top',
    about: 'Who & what',
    chart: { kind: 'bar', value: 'bytes' },
    sql: 'SELECT 1 < 2',
  })
  expect(page.slice(page.indexOf('<h1>'))).toBe(`<h1>top</h1>
<p>Who &amp; what</p>
<svg viewBox="0 0 960 70" width="960" height="70" role="img" aria-label="bytes">
<text x="322" y="15" text-anchor="end"><title>10.0.0.1 443</title>10.0.0.1 443</text><rect x="330" y="3" width="500.0" height="16" fill="#2f6fb1"/><text x="836.0" y="15">4,000</text>
<text x="322" y="37" text-anchor="end"><title>2001:db8::1 22</title>2001:db8::1 22</text><rect x="330" y="25" width="125.0" height="16" fill="#2f6fb1"/><text x="461.0" y="37">1,000</text>
<text x="322" y="59" text-anchor="end"><title>&lt;script&gt;</title>&lt;script&gt;</text><rect x="330" y="47" width="1.0" height="16" fill="#2f6fb1"/><text x="337.0" y="59">0</text>
</svg>
<table>
<thead><tr><th>srcaddr</th><th class="number">dstport</th><th class="number">records</th><th class="number">bytes</th></tr></thead>
<tbody>
<tr><td>10.0.0.1</td><td class="number">443</td><td class="number">2</td><td class="number">4000</td></tr>
<tr><td>2001:db8::1</td><td class="number">22</td><td class="number">1</td><td class="number">1000</td></tr>
<tr><td>&lt;script&gt;</td><td class="number"></td><td class="number">1</td><td class="number"></td></tr>
</tbody>
</table>
<details><summary>SQL</summary><pre>SELECT 1 &lt; 2</pre></details>
</html>
`)
})

test('a line over time has a point for each row', () => {
  const hours: Answer = {
    columns: [
      { name: 'time', isNumber: false },
      { name: 'bytes', isNumber: true },
    ],
    rows: [
      ['08:00', '0'],
      ['09:00', '10'],
      ['10:00', '5'],
    ],
  }
  const page = toHtmlPage(hours, { title: 't', sql: '', chart: { kind: 'line', value: 'bytes' } })
  expect(page).toContain('<polyline points="110.0,200.0 525.0,16.0 940.0,108.0"')
  expect(page).toContain('<title>09:00: 10</title>')
})

test('without a chart, or with nothing in it, there is no plot', () => {
  expect(toHtmlPage(answer, { title: 't', sql: '' })).not.toContain('<svg')
  const none = { columns: answer.columns, rows: [] }
  const chart = { kind: 'bar', value: 'bytes' } as const
  expect(toHtmlPage(none, { title: 't', sql: '', chart })).not.toContain('<svg')
})
