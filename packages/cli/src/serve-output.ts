/** Where the events of a server go. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransform } from '@flowlogs/core'
import { createRelay } from '@flowlogs/http'
import type { Config } from './config.ts'
import { toCondition } from './config-filters.ts'
import type { Shape, Sink } from './destination.ts'
import { usageError } from './failure.ts'
import { filePath } from './outputs.ts'
import { probeReceiver } from './probe-receiver.ts'
import { readSecret } from './secret.ts'
import { outputKind } from './serve-output-kind.ts'
import { shapeOf } from './shape.ts'
import {
  createDeadLetter,
  createSpool,
  openSiemSink,
  openSink,
  type SpoolProblem,
} from './sinks.ts'

/** Opens the output; what goes wrong in the background is told to `onProblem`. */
export async function openServerOutput(
  config: Config,
  onProblem: (problem: SpoolProblem) => void,
): Promise<Sink> {
  const shape = toShape(config)
  const { url } = config.output
  switch (outputKind(url)) {
    case 'siem':
      return openSpooled(config, shape, onProblem)
    case 'file':
      return openAppended(filePath(url), shape)
    case 'stdout':
      return openStandardOutput(shape)
    case 'relay':
      return openRelay(config, shape)
    default:
      return openDirect(url, shape)
  }
}

/** An output that is asked only whether it can be opened; nothing is sent or written. */
export function tryServerOutput(config: Config): Sink {
  const shape = toShape(config)
  const { url } = config.output
  const kind = outputKind(url)
  if (kind === 'stdout' || kind === 'file') return openStandardOutput(shape)
  return kind === 'relay' ? openRelay(config, shape) : openDirect(url, shape)
}

function toShape({ mapping = {}, filters = [] }: Config): Shape {
  const { to = 'ocsf', ocsf_version: ocsfVersion } = mapping
  const filter = filters.map(({ name, drop }) => ({ name, drop: toCondition(drop) }))
  return { ...shapeOf({ to, ...(ocsfVersion !== undefined && { ocsfVersion }) }), filter }
}

/** A sink as it is for `convert`. */
function openDirect(url: string, shape: Shape): Sink {
  const sink = inWordsOfConfig(() => openSink(url, { shape }))
  // A forwarder has tags in its events, too.
  const hasOwn = outputKind(url) === 'forward'
  return hasOwn ? sink : { ...sink, transform: createTransform({ ...shape, index: true }) }
}

/** A sink with a spool in front, and files for what is refused. */
async function openSpooled(
  { output, limits = {} }: Config,
  shape: Shape,
  onProblem: (problem: SpoolProblem) => void,
): Promise<Sink> {
  const { url, dead_letter: deadLetterPath } = output
  // What dir: stores is on disk already.
  const { spool = !url.startsWith('dir:') } = output
  const { directory = 'flowlogs-spool', max_bytes: maxBytes } =
    typeof spool === 'object' ? spool : {}
  const deadLetter =
    deadLetterPath !== undefined
      ? createDeadLetter({ path: deadLetterPath })
      : spool === false
        ? undefined
        : createDeadLetter({ directory: join(directory, 'refused') })
  const sink = inWordsOfConfig(() => openSiemSink(url, deadLetter))
  const { shutdown_seconds: seconds = 10 } = limits
  const stored =
    spool === false
      ? sink
      : await createSpool({
          directory,
          sink,
          drainTimeout: seconds * 1000,
          onProblem,
          ...(maxBytes !== undefined && { maxBytes }),
          ...(deadLetter && { deadLetter }),
        })
  return {
    transform: createTransform({ ...shape, index: true }),
    deliver: spool === false ? stored.deliver : releasing(stored.deliver),
    flush: stored.flush,
    ready: stored.ready,
    async close(patience) {
      await stored.close(patience)
      await deadLetter?.close()
    },
  }
}

/** What a spool has taken is on disk, and nobody looks at the batch again. */
function releasing(deliver: Sink['deliver']): Sink['deliver'] {
  return async (batch) => {
    const delivered = await deliver(batch)
    batch.release?.()
    return delivered
  }
}

/** The next hop, whose answer decides; an index tells it the events apart. */
function openRelay({ output }: Config, shape: Shape): Sink {
  const { url, dead_letter: path = '' } = output
  const deadLetter = createDeadLetter({ path })
  const token = readSecret('FLOWLOGS_RELAY_BEARER_TOKEN')
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const relay = createRelay({ url, deadLetter: deadLetter.write, headers })
  return {
    transform: createTransform({ ...shape, index: true }),
    async deliver(batch) {
      await relay(batch)
      return {}
    },
    ready: () => probeReceiver(url, headers),
    close: deadLetter.close,
  }
}

/** A file that grows; what was delivered is on disk. */
async function openAppended(path: string, shape: Shape): Promise<Sink> {
  const { toBytes = (output) => output } = shape
  const file = await open(path, 'a').catch((error: Error) => {
    throw usageError(`cannot write ${path}: ${error.message}`)
  })
  let last: Promise<void> = Promise.resolve()
  return {
    transform: createTransform({ ...shape, index: true }),
    async deliver({ output }) {
      if (output.length === 0) return {}
      const bytes = toBytes(output)
      // One after the other, so that no line is torn.
      const written = last.then(async () => {
        await file.appendFile(bytes)
        await file.datasync()
      })
      last = written.catch(() => {})
      await written
      return {}
    },
    async close() {
      await last
      await file.close()
    },
  }
}

function openStandardOutput(shape: Shape): Sink {
  const { toBytes = (output) => output } = shape
  return {
    transform: createTransform({ ...shape, index: true }),
    async deliver({ output }) {
      await new Promise<void>((resolve, reject) => {
        process.stdout.write(toBytes(output), (error) => (error ? reject(error) : resolve()))
      })
      return {}
    },
    async close() {},
  }
}

/** Sinks are written for the command line, whose options have other names. */
function inWordsOfConfig<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw usageError(
      error.message.replaceAll('--out', 'output.url').replaceAll('--to ', 'mapping.to: '),
    )
  }
}
