/** The progress bar, on a terminal only. */
import { isatty } from 'node:tty'
import type { Input } from './inputs.ts'

/** Shows how far the inputs are read. */
export interface Progress {
  /** Some bytes were read. */
  read(bytes: number): void
  /** Draws the bar, a few times a second. */
  show(lines: number): void
  /** Removes the bar. */
  clear(): void
}

const interval = 100
const silent: Progress = { read() {}, show() {}, clear() {} }

/** Builds the bar; without a terminal, or when events are written to it, it is silent. */
export function createProgress(inputs: readonly Input[], outPath: string | undefined): Progress {
  const isShared = outPath === undefined && isatty(1)
  if (!isatty(2) || isShared) return silent
  const total = inputs.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  )
  const begin = performance.now()
  let done = 0
  let next = begin + interval
  return {
    read(bytes) {
      done += bytes
    },
    show(lines) {
      const now = performance.now()
      if (now < next) return
      next = now + interval
      const seconds = (now - begin) / 1000
      process.stderr.write(`\r\u001B[K${progressLine({ done, total, lines, seconds })}`)
    },
    clear() {
      process.stderr.write('\r\u001B[K')
    },
  }
}

/** One line: a bar if the total is known, bytes, and lines a second. */
export function progressLine(state: {
  readonly done: number
  readonly total: number | undefined
  readonly lines: number
  readonly seconds: number
}): string {
  const { done, total, lines, seconds } = state
  const rate = `${Math.round(lines / seconds).toLocaleString('en-US')} lines/s`
  if (total === undefined || total === 0) return `${size(done)}  ${rate}`
  const share = Math.min(1, done / total)
  const filled = Math.floor(share * 30)
  const bar = '█'.repeat(filled) + '░'.repeat(30 - filled)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  return `${bar} ${percent}  ${size(done)} / ${size(total)}  ${rate}`
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}
