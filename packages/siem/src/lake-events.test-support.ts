import { type ExactJson, loadCases } from '@flowlogs/conformance'
import { emptyLedger } from '@flowlogs/core'
import type { LakeVersion } from './ocsf-columns.ts'
import type { Batch } from './sink.ts'

/** An OCSF event, as far as tests look into it. */
export interface LakeEvent {
  readonly time: number
  readonly class_uid: number
  readonly metadata: { readonly uid: string; readonly version: string }
  readonly cloud: { readonly account?: { readonly uid: string } }
  readonly [attribute: string]: ExactJson | object | undefined
}

/** What the corpus has of events in this version. */
export function goldenEvents(version: LakeVersion): LakeEvent[] {
  return loadCases().flatMap(({ goldens }) => {
    const golden = goldens[`ocsf-${version}`] as LakeEvent | undefined
    return golden?.metadata ? [golden] : []
  })
}

/** A batch of events as a transform with an index makes it. */
export function batchOf(events: readonly LakeEvent[]): Required<Batch> {
  const documents = events.map((event) => Buffer.from(`${stringify(event)}\n`))
  const offsets: number[] = []
  let length = 0
  for (const document of documents) {
    offsets.push(length)
    length += document.length
  }
  return {
    output: new Uint8Array(Buffer.concat(documents)),
    ledger: { ...emptyLedger(), lines: events.length, emitted: events.length },
    rejections: [],
    events: {
      offsets,
      ids: events.map(({ metadata }) => metadata.uid),
      times: events.map(({ time }) => time),
      accounts: events.map(({ cloud }) => cloud.account?.uid),
    },
  }
}

/** A small event; `seed` decides its id. */
export function smallEvent(seed: number, time: number, account?: string): LakeEvent {
  return {
    class_uid: 4001,
    time,
    metadata: { version: '1.1.0', uid: seed.toString(16).padStart(32, '0') },
    cloud: { ...(account !== undefined && { account: { uid: account } }) },
  }
}

/** JSON with every digit of a bigint. */
export function stringify(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  return JSON.stringify(value, (_, each) =>
    typeof each === 'bigint' ? rawJSON(String(each)) : each,
  )
}
