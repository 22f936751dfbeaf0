import { closeSync, openSync, rmSync, writeSync } from 'node:fs'

/** Takes lines in order, and hands them on in files. */
export interface BulkLoader {
  write(lines: Uint8Array): Promise<void>
  /** Resolves when everything written is loaded. */
  flush(): Promise<void>
  /** Resolves when nothing is being loaded any more, whatever became of it. */
  settle(): Promise<void>
}

const defaultFileBytes = 64 * 1024 * 1024

/**
 * Gathers lines in files of bounded size; while one is loaded, the next is written. `load` may read
 * the file until it resolves.
 */
export function createBulkLoader(
  path: string,
  load: (path: string) => Promise<void>,
  fileBytes: number = defaultFileBytes,
): BulkLoader {
  let files = 0
  let open: { readonly path: string; readonly descriptor: number; bytes: number } | undefined
  let loading: Promise<void> = Promise.resolve()

  async function hand(): Promise<void> {
    if (open === undefined) return
    const { path: full, descriptor } = open
    open = undefined
    closeSync(descriptor)
    await loading
    loading = load(full).finally(() => rmSync(full))
    // Who writes or flushes next is told; until then it is nobody's failure.
    loading.catch(() => {})
  }

  return {
    async write(lines) {
      if (lines.length === 0) return
      if (open === undefined) {
        const name = `${path}.${files++}`
        open = { path: name, descriptor: openSync(name, 'w'), bytes: 0 }
      }
      for (let at = 0; at < lines.length; ) at += writeSync(open.descriptor, lines, at)
      open.bytes += lines.length
      if (open.bytes >= fileBytes) await hand()
    },
    async flush() {
      await hand()
      await loading
    },
    settle: () => loading.catch(() => {}),
  }
}
