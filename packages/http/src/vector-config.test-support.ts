/** The vector.yaml of this package, for ports and a folder of a test. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a Vector works during a test. */
export interface VectorPlace {
  readonly folder: string
  readonly firehosePort: number
  /** Where the transform gets events. */
  readonly transformUrl: string
  /** Where Vector gets them back. */
  readonly sourcePort: number
}

/** A Vector that runs with it. */
export interface RunningVector {
  stop(): Promise<void>
}

/** The file that it writes. */
export function storedFile({ folder }: VectorPlace): string {
  return join(folder, 'events.ndjson')
}

/** The configuration, with nothing changed but where things are. */
export function vectorConfig(place: VectorPlace): string {
  const text = readFileSync(join(import.meta.dirname, '../vector.yaml'), 'utf8')
  const changes = {
    '0.0.0.0:8443': `127.0.0.1:${place.firehosePort}`,
    '127.0.0.1:9001': `127.0.0.1:${place.sourcePort}`,
    'http://127.0.0.1:9000/transform': place.transformUrl,
    '/var/lib/vector': place.folder,
    '/var/log/flowlogs/events.ndjson': storedFile(place),
  }
  return Object.entries(changes).reduce((config, [from, to]) => {
    if (config.split(from).length !== 2) throw new Error(`vector.yaml does not name ${from} once`)
    return config.replace(from, to)
  }, text)
}
