/** Tells which WebAssembly a test compiles. */
import { beforeEach, vi } from 'vitest'

/** Sees what is compiled. */
export interface CompiledModules {
  /** The code of the modules that the test has compiled so far. */
  readonly compiled: Uint8Array[]
  /** Compiles a module unseen. */
  compile(code: Uint8Array): object
}

// Node's types leave it out.
const host = globalThis as unknown as { WebAssembly: { Module: new (code: Uint8Array) => object } }

/** Watches the tests of the file or block that it is called in. */
export function watchCompiledModules(): CompiledModules {
  const compiled: Uint8Array[] = []
  const { Module } = host.WebAssembly
  beforeEach(() => {
    compiled.length = 0
    const construct = (target: typeof Module, [code]: [Uint8Array]) => {
      compiled.push(code)
      return new target(code)
    }
    vi.spyOn(host.WebAssembly, 'Module', 'get').mockReturnValue(new Proxy(Module, { construct }))
    return () => vi.restoreAllMocks()
  })
  return { compiled, compile: (code) => new Module(code) }
}
