/** Plots in SVG. */
import { type Answer, type ChartPoint, chartPoints } from './answer.ts'
import type { Chart } from './query.ts'

const width = 960
const color = '#2f6fb1'

/** The plot of an answer; nothing when there is nothing to plot. */
export function toSvg(answer: Answer, chart: Chart, escapeText: (text: string) => string): string {
  const points = chartPoints(answer, chart)
  const greatest = Math.max(0, ...points.map(({ value }) => value))
  if (greatest === 0) return ''
  const draw = chart.kind === 'bar' ? drawBars : drawLine
  const { body, height } = draw(points, greatest, escapeText)
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeText(chart.value)}">
${body}
</svg>
`
}

interface Drawing {
  readonly body: string
  readonly height: number
}

type Draw = (
  points: readonly ChartPoint[],
  greatest: number,
  escapeText: (text: string) => string,
) => Drawing

const drawBars: Draw = (points, greatest, escapeText) => {
  const row = 22
  const left = 330
  const bars = points.map(({ label, value }, index) => {
    const length = Math.max(1, ((width - left - 130) * value) / greatest)
    const y = index * row
    return `<text x="${left - 8}" y="${y + 15}" text-anchor="end"><title>${escapeText(label)}</title>${escapeText(shortened(label))}</text><rect x="${left}" y="${y + 3}" width="${length.toFixed(1)}" height="16" fill="${color}"/><text x="${(left + length + 6).toFixed(1)}" y="${y + 15}">${grouped(value)}</text>`
  })
  return { body: bars.join('\n'), height: points.length * row + 4 }
}

const drawLine: Draw = (points, greatest, escapeText) => {
  const height = 240
  const [left, right, top, bottom] = [110, 20, 16, 40]
  const step = (width - left - right) / Math.max(1, points.length - 1)
  const place = ({ value }: ChartPoint, index: number): string => {
    const y = height - bottom - ((height - top - bottom) * value) / greatest
    return `${(left + index * step).toFixed(1)},${y.toFixed(1)}`
  }
  const baseline = height - bottom
  const [first, last] = [points[0], points.at(-1)]
  return {
    height,
    body: [
      `<line x1="${left}" y1="${baseline}" x2="${width - right}" y2="${baseline}" stroke="#8b949e"/>`,
      `<text x="${left - 8}" y="${top + 4}" text-anchor="end">${grouped(greatest)}</text><text x="${left - 8}" y="${baseline + 4}" text-anchor="end">0</text>`,
      `<polyline points="${points.map(place).join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...points.map((point, index) => {
        const [x, y] = place(point, index).split(',')
        return `<circle cx="${x}" cy="${y}" r="3" fill="${color}"><title>${escapeText(point.label)}: ${grouped(point.value)}</title></circle>`
      }),
      `<text x="${left}" y="${height - 14}">${escapeText(first?.label ?? '')}</text>`,
      points.length > 1
        ? `<text x="${width - right}" y="${height - 14}" text-anchor="end">${escapeText(last?.label ?? '')}</text>`
        : '',
    ].join('\n'),
  }
}

const labelLength = 48

function shortened(label: string): string {
  return label.length <= labelLength ? label : `${label.slice(0, labelLength - 1)}…`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}
