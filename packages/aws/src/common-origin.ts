/** What the origins of some lines have in common. */
import type { CommonOrigin, Origin } from '@flowlogs/core'

/** Takes origins one by one. */
export interface CommonBuilder {
  /** An origin, and the names in which others that are like it differ; the number of the line may differ anyway. */
  add(origin: Origin, differing?: readonly (keyof Origin)[]): void
  /** Undefined when there were none. */
  finish(): CommonOrigin | undefined
}

const compared = [
  'account',
  'region',
  'logGroup',
  'logStream',
  'eventId',
  'timestamp',
  'bucket',
  'key',
  'requestId',
  'record',
] as const satisfies readonly (keyof Origin)[]

/** Starts with no origin. */
export function createCommonOrigin(): CommonBuilder {
  const names: (keyof Origin)[] = ['line']
  let common: Origin | undefined

  function note(name: keyof Origin): void {
    if (!names.includes(name)) names.push(name)
  }

  return {
    add(origin, differing) {
      common ??= origin
      if (differing) for (const name of differing) note(name)
      if (origin === common) return
      for (const name of compared) if (origin[name] !== common[name]) note(name)
    },
    finish: () => common && { origin: common, differing: names },
  }
}
